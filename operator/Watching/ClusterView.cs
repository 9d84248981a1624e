using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Api;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Watching;

/// <summary>All that the operator watches.</summary>
public sealed class ClusterView
{
    private static readonly ResourceKind[] OwnedKinds =
    [
        ResourceKind.ServiceAccount, ResourceKind.Role, ResourceKind.RoleBinding, ResourceKind.NetworkPolicy, ResourceKind.Secret,
        ResourceKind.Service, ResourceKind.StatefulSet, ResourceKind.Deployment, ResourceKind.PodDisruptionBudget,
        ResourceKind.HorizontalPodAutoscaler, ResourceKind.PodMonitor,
    ];

    private readonly List<Func<CancellationToken, Task>> _runs = [];
    private readonly List<Func<Task>> _synced = [];

    /// <param name="client">The API server.</param>
    /// <param name="namespaces">The namespaces that are served; empty for all.</param>
    /// <param name="times">How long watches last.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of failures.</param>
    public ClusterView(ClusterClient client, ImmutableArray<string> namespaces, WatchTimes times, TimeProvider time, ILogger logger)
    {
        const string Ours = $"{PoolLabels.ManagedBy}=relay-operator";
        var spaces = namespaces.IsEmpty ? [""] : namespaces;
        Pools = Kind<SeenPool>(ResourceKind.RelayPool, "", false, SeenPool.Of, IndexTerms.OfPool);
        Hubs = Kind<SeenHub>(ResourceKind.HubTransport, "", false, SeenHub.Of, IndexTerms.OfHub);
        Secrets = Kind<bool>(ResourceKind.Secret, "", true, static (_, _) => true, static _ => []);
        Pods = Kind(ResourceKind.Pod, Ours, false, Read(SeenPod.Of), ByLabel<SeenPod>(PoolLabels.Instance));
        Claims = Kind(ResourceKind.PersistentVolumeClaim, Ours, false, Read(SeenClaim.Of), ByLabel<SeenClaim>(PoolLabels.Instance));
        // A Service's labels are copied to its slices.
        Slices = Kind(ResourceKind.EndpointSlice, Ours, false, Read(SeenSlice.Of), ByLabel<SeenSlice>(PoolLabels.ServiceName));
        Owned = OwnedKinds.ToImmutableDictionary(
            kind => kind,
            kind => Kind<SeenObject>(kind, Ours, false, Read(SeenObject.Reader(kind)), ByLabel<SeenObject>(PoolLabels.PoolUid)));
        if (namespaces.IsEmpty)
        {
            Nodes = Kind(ResourceKind.Node, "", false, Read(SeenNode.Of), static _ => []);
        }

        WatchedKind<T> Kind<T>(
            ResourceKind kind, string selector, bool metadataOnly, Func<JsonElement, T?, T> read, Func<Watched<T>, IEnumerable<string>> terms)
        {
            var watched = new WatchedKind<T>(client, kind, spaces, selector, metadataOnly, read, terms, times, time, logger);
            _runs.Add(watched.RunAsync);
            _synced.Add(() => watched.Synced);
            return watched;
        }
    }

    public WatchedKind<SeenPool> Pools { get; }

    public WatchedKind<SeenHub> Hubs { get; }

    /// <summary>Every Secret, without its content.</summary>
    public WatchedKind<bool> Secrets { get; }

    public WatchedKind<SeenPod> Pods { get; }

    public WatchedKind<SeenClaim> Claims { get; }

    public WatchedKind<SeenSlice> Slices { get; }

    /// <summary>Null where the operator may not read nodes, since it serves some namespaces only.</summary>
    public WatchedKind<SeenNode>? Nodes { get; }

    /// <summary>The kinds of which pools have objects, those that the cluster may do without too.</summary>
    public ImmutableDictionary<ResourceKind, WatchedKind<SeenObject>> Owned { get; }

    /// <summary>The hubs that some route of the pool uses.</summary>
    public IEnumerable<Watched<SeenHub>> HubsOf(RelayPool pool) => pool.Selections()
        .SelectMany(selection => Hubs.Candidates(pool.Metadata.Namespace, [.. IndexTerms.Labels(selection.Selector.MatchLabels)]))
        .Where(hub => hub.Value.Read.Value is { } value && pool.Selects(value.Metadata.Labels))
        .DistinctBy(hub => hub.Meta.Name, StringComparer.Ordinal);

    /// <summary>The pools that use a hub with these labels.</summary>
    public IEnumerable<Watched<SeenPool>> PoolsOf(string ns, ImmutableSortedDictionary<string, string> hubLabels) => IndexTerms.Labels(hubLabels)
        .SelectMany(label => Pools.Candidates(ns, label))
        .Where(pool => pool.Value.Read.Value?.Selects(hubLabels) == true)
        .DistinctBy(pool => pool.Meta.Name, StringComparer.Ordinal);

    /// <summary>The pools that a Secret is referred to by, or by a hub of theirs.</summary>
    public IEnumerable<Watched<SeenPool>> PoolsOf(ObjectKey secret)
    {
        var term = IndexTerms.Secret(secret.Name);
        return Hubs.Candidates(secret.Namespace, term)
            .SelectMany(hub => hub.Value.Read.Value is { } value ? PoolsOf(secret.Namespace, value.Metadata.Labels) : [])
            .Concat(Pools.Candidates(secret.Namespace, term))
            .DistinctBy(pool => pool.Meta.Name, StringComparer.Ordinal);
    }

    /// <summary>The pods of a pool.</summary>
    public IEnumerable<Watched<SeenPod>> PodsOf(ObjectKey pool) => Pods.Candidates(pool.Namespace, IndexTerms.Label(PoolLabels.Instance, pool.Name));

    /// <summary>The claims of the spools of a pool, by its name.</summary>
    public IEnumerable<Watched<SeenClaim>> ClaimsOf(ObjectKey pool) => Claims.Candidates(pool.Namespace, IndexTerms.Label(PoolLabels.Instance, pool.Name));

    /// <summary>The EndpointSlices of a Service.</summary>
    public IEnumerable<Watched<SeenSlice>> SlicesOf(ObjectKey service) => Slices.Candidates(service.Namespace, IndexTerms.Label(PoolLabels.ServiceName, service.Name));

    /// <summary>The objects of one kind that carry a pool's uid.</summary>
    public IEnumerable<Watched<SeenObject>> OwnedBy(ResourceKind kind, string ns, string uid) =>
        Owned[kind].Candidates(ns, IndexTerms.Label(PoolLabels.PoolUid, uid));

    public Task Synced => Task.WhenAll(_synced.Select(synced => synced()));

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_runs.Select(run => run(cancellationToken)));

    private static Func<JsonElement, T?, T> Read<T>(Func<JsonElement, T> read) => (whole, _) => read(whole);

    private static Func<Watched<T>, IEnumerable<string>> ByLabel<T>(string key) => item => IndexTerms.OfLabel(item.Meta, key);
}
