using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Watching;

/// <summary>All that the operator watches.</summary>
public sealed class ClusterView
{
    private readonly List<Func<CancellationToken, Task>> _runs = [];
    private readonly List<Func<Task>> _synced = [];

    /// <param name="client">The API server.</param>
    /// <param name="namespaces">The namespaces that are served; empty for all.</param>
    /// <param name="podMonitors">Whether the cluster knows PodMonitors.</param>
    /// <param name="times">How long watches last.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of failures.</param>
    public ClusterView(ClusterClient client, ImmutableArray<string> namespaces, bool podMonitors, WatchTimes times, TimeProvider time, ILogger logger)
    {
        const string Ours = $"{PoolLabels.ManagedBy}=relay-operator";
        var spaces = namespaces.IsEmpty ? [""] : namespaces;
        Pools = Kind(ResourceKind.RelayPool, "", false, SeenPool.Of);
        Hubs = Kind(ResourceKind.HubTransport, "", false, SeenHub.Of);
        Secrets = Kind(ResourceKind.Secret, "", true, static _ => true);
        Pods = Kind(ResourceKind.Pod, Ours, false, static whole => whole);
        Claims = Kind(ResourceKind.PersistentVolumeClaim, Ours, false, SeenClaim.Of);
        // A Service's labels are copied to its slices.
        Slices = Kind(ResourceKind.EndpointSlice, Ours, false, static whole => whole);
        Owned = OwnedKinds(podMonitors).ToImmutableDictionary(kind => kind, kind => Kind<SeenObject>(kind, Ours, false, IsKept(kind) ? SeenObject.Kept : SeenObject.Print));
        if (namespaces.IsEmpty)
        {
            Nodes = Kind(ResourceKind.Node, "", false, static whole => whole);
        }

        WatchedKind<T> Kind<T>(ResourceKind kind, string selector, bool metadataOnly, Func<JsonElement, T> read)
        {
            var watched = new WatchedKind<T>(client, kind, spaces, selector, metadataOnly, read, times, time, logger);
            _runs.Add(watched.RunAsync);
            _synced.Add(() => watched.Synced);
            return watched;
        }
    }

    public WatchedKind<SeenPool> Pools { get; }

    public WatchedKind<SeenHub> Hubs { get; }

    /// <summary>Every Secret, without its content.</summary>
    public WatchedKind<bool> Secrets { get; }

    public WatchedKind<JsonElement> Pods { get; }

    public WatchedKind<SeenClaim> Claims { get; }

    public WatchedKind<JsonElement> Slices { get; }

    /// <summary>Null where the operator may not read nodes, since it serves some namespaces only.</summary>
    public WatchedKind<JsonElement>? Nodes { get; }

    /// <summary>The kinds of which pools have objects.</summary>
    public ImmutableDictionary<ResourceKind, WatchedKind<SeenObject>> Owned { get; }

    public Task Synced => Task.WhenAll(_synced.Select(synced => synced()));

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_runs.Select(run => run(cancellationToken)));

    private static bool IsKept(ResourceKind kind) =>
        kind == ResourceKind.Secret || kind == ResourceKind.Service || kind == ResourceKind.StatefulSet || kind == ResourceKind.Deployment;

    private static ResourceKind[] OwnedKinds(bool podMonitors)
    {
        ResourceKind[] always =
        [
            ResourceKind.ServiceAccount, ResourceKind.Role, ResourceKind.RoleBinding, ResourceKind.NetworkPolicy, ResourceKind.Secret,
            ResourceKind.Service, ResourceKind.StatefulSet, ResourceKind.Deployment, ResourceKind.PodDisruptionBudget,
            ResourceKind.HorizontalPodAutoscaler,
        ];
        return podMonitors ? [.. always, ResourceKind.PodMonitor] : always;
    }
}
