using System.Diagnostics;
using RelayOperator.Operator.Admin;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Makes one activity of each reconciliation, and of each of its steps.</summary>
internal static class ReconcileTrace
{
    /// <summary>The same reconciliation, traced.</summary>
    /// <param name="controller">What its metrics call it.</param>
    /// <param name="reconcile">Does the work on one key.</param>
    public static Func<ObjectKey, CancellationToken, Task<TimeSpan?>> Of(
        string controller, Func<ObjectKey, CancellationToken, Task<TimeSpan?>> reconcile)
    {
        var name = $"reconcile {controller}";
        return (key, cancellationToken) => OperatorTelemetry.Source.StartActivity(name) is { } activity
            ? TraceAsync(activity, controller, key, reconcile, cancellationToken)
            : reconcile(key, cancellationToken);
    }

    /// <summary>A step of a reconciliation; null where nobody listens.</summary>
    public static Activity? Step(string name) => OperatorTelemetry.Source.StartActivity(name);

    private static async Task<TimeSpan?> TraceAsync(
        Activity activity,
        string controller,
        ObjectKey key,
        Func<ObjectKey, CancellationToken, Task<TimeSpan?>> reconcile,
        CancellationToken cancellationToken)
    {
        using var ended = activity;
        activity.SetTag("reconcile.controller", controller).SetTag("k8s.namespace.name", key.Namespace).SetTag("k8s.object.name", key.Name);
        try
        {
            var again = await reconcile(key, cancellationToken);
            activity.SetTag("reconcile.result", again is null ? "success" : "requeue_after").SetStatus(ActivityStatusCode.Ok);
            if (again is { } delay)
            {
                activity.SetTag("reconcile.requeue_seconds", delay.TotalSeconds);
            }

            return again;
        }
        catch (Exception e)
        {
            activity.SetTag("reconcile.result", "error").SetTag("error.type", e.GetType().Name).SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }
}
