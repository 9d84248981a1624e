using System.Collections.Concurrent;
using System.Diagnostics;
using RelayOperator.Operator.Admin;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>What a trace of the operator shows. Other tests' operators are heard too.</summary>
public sealed class ReconcileTraceTests : RunningOperator
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public ReconcileTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == OperatorTelemetry.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task A_reconciliation_has_a_child_for_each_step_and_for_each_object_that_was_written()
    {
        await InstallAsync();
        await CreatePoolAsync("traced");
        Start();

        var first = await EndedAsync("reconcile relaypool", "traced", activity => Children(activity).Any(child => child.OperationName == "status"));
        Assert.Equal((ActivityStatusCode.Ok, Space), (first.Status, first.GetTagItem("k8s.namespace.name")));
        Assert.Contains(first.GetTagItem("reconcile.result"), new[] { "success", "requeue_after" });
        var children = Children(first).OrderBy(child => child.StartTimeUtc).ToList();
        Assert.Equal("gather", children[0].OperationName);
        Assert.Equal("derive", children[1].OperationName);
        Assert.Contains(children, child => child is { OperationName: "prune", Kind: ActivityKind.Internal });
        var applied = children.Where(child => child.OperationName == "apply").Select(child => $"{child.GetTagItem("k8s.object.kind")}/{child.GetTagItem("k8s.object.name")}").ToList();
        Assert.Contains("Deployment/traced", applied);
        Assert.Contains("Secret/traced-config", applied);

        _ended.Clear();
        await Admin.MergeAsync(ResourceKind.RelayPool, Key("traced"), Json("""{"metadata":{"annotations":{"example.org/note":"1"}}}"""), Cancel);
        var second = await EndedAsync("reconcile relaypool", "traced", _ => true);
        Assert.DoesNotContain(Children(second), child => child.OperationName == "apply");
    }

    [Fact]
    public async Task What_goes_wrong_stands_in_the_write_and_in_the_reconciliation()
    {
        await InstallAsync();
        Line.Faults.Answer(500, request => request is { Verb: "patch", Resource: "serviceaccounts" }, times: 1);
        await CreatePoolAsync("troubled");
        Start();

        var failed = await EndedAsync("reconcile relaypool", "troubled", activity => activity.Status == ActivityStatusCode.Error);
        Assert.Equal(("error", "ClusterException"), (failed.GetTagItem("reconcile.result"), failed.GetTagItem("error.type")));
        var write = Assert.Single(Children(failed), child => child.OperationName == "apply");
        Assert.Equal((ActivityStatusCode.Error, "ServiceAccount"), (write.Status, write.GetTagItem("k8s.object.kind")));
        Assert.Equal(failed.StatusDescription, write.StatusDescription);
    }

    [Fact]
    public async Task The_status_of_a_hub_is_a_child_of_its_own_reconciliation()
    {
        await InstallAsync();
        await CreateHubAsync("traced-hub");
        Start();

        var hub = await EndedAsync("reconcile hubtransport", "traced-hub", activity => Children(activity).Any());
        Assert.Equal("status", Assert.Single(Children(hub)).OperationName);
        Assert.Equal(default, hub.ParentSpanId);
        Assert.DoesNotContain(_ended, activity => (string?)activity.GetTagItem("k8s.object.kind") == "Lease");
    }

    private bool IsOf(Activity activity, string subject) =>
        (string?)activity.GetTagItem("k8s.namespace.name") == Space && (string?)activity.GetTagItem("k8s.object.name") == subject;

    private IEnumerable<Activity> Children(Activity parent) => _ended.Where(activity => activity.ParentSpanId == parent.SpanId);

    private async Task<Activity> EndedAsync(string name, string subject, Func<Activity, bool> which)
    {
        Activity? found = null;
        await Eventually.True(
            () => (found = _ended.FirstOrDefault(activity => activity.OperationName == name && IsOf(activity, subject) && which(activity))) is not null,
            $"{name} {subject} is traced");
        return found!;
    }
}
