using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Queue;

namespace RelayOperator.Operator.Reconciling;

/// <summary>
/// Takes keys from a queue and reconciles them, some at a time. Contract: whatever a reconciliation throws concerns its key
/// alone, which comes back after its back-off; only a lost Lease ends the loop.
/// </summary>
/// <typeparam name="TKey">What names the work.</typeparam>
/// <param name="queue">The keys.</param>
/// <param name="reconcile">Does the work on one; when to look at it again without a reason, or null for never.</param>
/// <param name="workers">How many at a time.</param>
/// <param name="metrics">Hears of each.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of failures.</param>
public sealed partial class ReconcileLoop<TKey>(
    WorkQueue<TKey> queue,
    Func<TKey, CancellationToken, Task<TimeSpan?>> reconcile,
    int workers,
    ReconcileMetrics.Child metrics,
    TimeProvider time,
    ILogger logger)
    where TKey : notnull
{
    /// <summary>Works until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(cancellationToken)));

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await WorkOnAsync(await queue.TakeAsync(cancellationToken), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The operator is leaving.
        }
    }

    private async Task WorkOnAsync(TKey key, CancellationToken cancellationToken)
    {
        metrics.Began();
        var began = time.GetTimestamp();
        try
        {
            var again = await reconcile(key, cancellationToken);
            var took = time.GetElapsedTime(began);
            metrics.Succeeded(took, again is not null);
            queue.Done(key, took);
            if (again is { } delay)
            {
                queue.AddAfter(key, delay);
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or LeadershipLostException))
        {
            var took = time.GetElapsedTime(began);
            metrics.Failed(took);
            if (e is ClusterException { IsConflict: true })
            {
                Outrun(logger, key.ToString()!, e.Message);
            }
            else
            {
                Failed(logger, e is ClusterException ? null : e, key.ToString()!, e.Message);
            }

            queue.Retry(key, took, (e as ClusterException)?.RetryAfter ?? TimeSpan.Zero);
        }
    }

    [LoggerMessage(1302, LogLevel.Debug, "Somebody else wrote while {Key} was reconciled: {Message}")]
    private static partial void Outrun(ILogger logger, string key, string message);

    [LoggerMessage(1301, LogLevel.Warning, "Reconciling {Key} failed: {Message}")]
    private static partial void Failed(ILogger logger, Exception? exception, string key, string message);
}
