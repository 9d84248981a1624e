using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>
/// Scheduler and kubelet of all nodes: gives a pod a node that its selector allows, has it run, tells its state, and lets
/// it go after its grace. A pod that somebody bound to a node which does not exist is somebody else's.
/// </summary>
public sealed class NodeAgent(ClusterState cluster) : ClusterController(cluster)
{
    private readonly ConcurrentDictionary<string, Task> _runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _departures = new(StringComparer.Ordinal);
    private int _scheduled;

    /// <summary>Who runs the pods. Set before the first pod.</summary>
    public IPodRunner Runner { get; set; } = new PretendedPods();

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.Node && !change.Deleted)
        {
            return Cluster.Store.List(BuiltInKinds.Pod).Objects.Where(pod => pod.Json.At("spec", "nodeName") is null).Select(pod => new ObjectAddress(BuiltInKinds.Pod, pod.Namespace, pod.Name));
        }
        if (kind != BuiltInKinds.Pod)
        {
            return [];
        }
        if (change.Deleted && _runs.ContainsKey(change.After!.Json.Uid()))
        {
            // Deleted with no grace: nobody asked the runner to end it.
            Depart(change.After.Json, () => Runner.KillAsync(change.After.Json));
        }
        return change.Deleted ? [] : [new(kind, change.After!.Namespace, change.After.Name)];
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } pod)
        {
            return;
        }
        if (pod.At("spec", "nodeName").Text() is { } home && Cluster.Get(BuiltInKinds.Node, "", home) is null)
        {
            return;
        }
        if (pod.IsLeaving())
        {
            var grace = TimeSpan.FromSeconds(pod.At("metadata", "deletionGracePeriodSeconds").Number() ?? 0);
            Depart(pod, async () =>
            {
                await Runner.TerminateAsync(pod, grace);
                Remove(pod);
            });
        }
        else if (pod.At("spec", "nodeName") is null)
        {
            Schedule(address, pod.At("spec", "nodeSelector") is JsonObject { Count: > 0 } labels ? LabelSelector.OfMap(labels) : LabelSelector.Everything);
        }
        else if (pod.At("status", "podIP") is null)
        {
            _ = _runs.GetOrAdd(pod.Uid(), _ => RunAsync(pod));
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var pod in Cluster.List(BuiltInKinds.Pod).Where(pod => _runs.ContainsKey(pod.Uid())))
        {
            await Runner.KillAsync(pod);
        }
        // Whatever kept a pod from starting is for the test to see.
        await Task.WhenAll(_runs.Values.Where(run => run.IsFaulted));
    }

    private void Schedule(ObjectAddress address, LabelSelector selector)
    {
        var nodes = Cluster.List(BuiltInKinds.Node).Where(node => node.At("spec", "unschedulable").Flag() != true && selector.Matches(node)).ToList();
        if (nodes.Count > 0)
        {
            var node = nodes[_scheduled++ % nodes.Count].Name();
            Cluster.Update(address.Kind, address.Namespace, address.Name, pod => pod.Ensure("spec")["nodeName"] = node);
        }
    }

    private async Task RunAsync(JsonObject pod)
    {
        // Not under the gate that the caller holds.
        await Task.Yield();
        var ready = false;
        var restarts = 0;
        string address;
        try
        {
            address = await Runner.StartAsync(pod, new PodReports(
                isReady => { ready = isReady; Tell(pod, status => PodStatus.SetReady(status, isReady, restarts, Timestamp.Of(Cluster.Time))); },
                code => { restarts++; Tell(pod, status => PodStatus.SetReady(status, false, restarts, Timestamp.Of(Cluster.Time))); }));
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Tell(pod, status =>
        {
            PodStatus.Run(status, pod, address, Timestamp.Of(Cluster.Time));
            PodStatus.SetReady(status, ready, restarts, Timestamp.Of(Cluster.Time));
        });
    }

    /// <summary>Once per pod, however often it is asked.</summary>
    private void Depart(JsonObject pod, Func<Task> leave) => _ = _departures.GetOrAdd(pod.Uid(), _ => LeaveAsync(pod, leave));

    private async Task LeaveAsync(JsonObject pod, Func<Task> leave)
    {
        await Task.Yield();
        if (_runs.TryGetValue(pod.Uid(), out var start))
        {
            await start;
        }
        await leave();
    }

    private void Remove(JsonObject pod)
    {
        try
        {
            Cluster.Delete(BuiltInKinds.Pod, pod.Namespace(), pod.Name(), new RemovalOptions { Uid = pod.Uid(), GraceSeconds = 0 });
        }
        catch (RefusalException)
        {
            // Gone already, and another of its name is there.
        }
    }

    private void Tell(JsonObject pod, Action<JsonObject> change)
    {
        lock (Cluster.Store.Gate)
        {
            if (Cluster.Get(BuiltInKinds.Pod, pod.Namespace(), pod.Name())?.Uid() == pod.Uid())
            {
                Cluster.UpdateStatus(BuiltInKinds.Pod, pod.Namespace(), pod.Name(), change);
            }
        }
    }
}
