using System.Collections.Immutable;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Reconciling;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Gather;

/// <summary>Puts together what is known of one pool. Asks the API server for the content of Secrets alone.</summary>
public sealed class PoolGatherer(ClusterView view, ReferredSecrets secrets, PodStatusGatherer answers)
{
    private readonly HandOverKeys _keys = new();

    /// <param name="seen">A pool without faults, or one that is being deleted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<GatheredPool> GatherAsync(Watched<SeenPool> seen, CancellationToken cancellationToken)
    {
        using var step = ReconcileTrace.Step("gather");
        var (meta, pool) = (seen.Meta, seen.Value.Read.Value ?? seen.Value.Read.Faulty!);
        var gathered = new GatheredPool
        {
            Pool = pool,
            Faults = seen.Value.Read.Faults,
            Generation = meta.Generation,
            ResourceVersion = meta.ResourceVersion,
            Finalizers = meta.Finalizers,
            IsBeingDeleted = meta.IsBeingDeleted,
            IsAbandoned = meta.Annotations.GetValueOrDefault(PoolNames.AbandonAnnotation) == "true",
            Status = seen.Value.Status,
            Hubs = [.. view.HubsOf(pool).Select(hub => hub.Value.Read.Value!)],
            PodMonitorsServed = view.Owned[ResourceKind.PodMonitor].IsServed(meta.Namespace),
            StatefulSet = Own(ResourceKind.StatefulSet, meta, meta.Name)?.Workload,
            Deployment = Own(ResourceKind.Deployment, meta, meta.Name)?.Workload,
            VipAddresses = Own(ResourceKind.Service, meta, meta.Name)?.Addresses ?? [],
            NodeAddresses = [.. view.Nodes?.All.SelectMany(node => node.Value.Addresses) ?? []],
            PodNetworks = [.. view.Nodes?.All.SelectMany(node => node.Value.PodNetworks) ?? []],
            Pods = [.. Pods(meta)],
            Claims = [.. Claims(meta.Key)],
        };
        var written = Own(ResourceKind.Secret, meta, PoolNames.Config(gathered))?.Written;
        return gathered with
        {
            HandOverKey = gathered.HasClaims ? _keys.Of(meta.Uid, written) : null,
            Secrets = await secrets.ReadAsync(meta.Namespace, ReferredSecrets.Names(pool, gathered.SelectedHubs()), cancellationToken),
            Written = written,
        };
    }

    /// <summary>The pods of a pool, by its name.</summary>
    internal IEnumerable<Watched<SeenPod>> PodsOf(ObjectKey pool) =>
        view.PodsOf(pool).OrderBy(pod => pod.Meta.Name, StringComparer.Ordinal);

    private IEnumerable<GatheredPod> Pods(ObjectMeta pool)
    {
        var zones = Zones(pool);
        foreach (var pod in PodsOf(pool.Key))
        {
            var answer = answers.AnswerOf(pod.Meta);
            yield return new GatheredPod
            {
                Name = pod.Meta.Name,
                Uid = pod.Meta.Uid,
                Created = pod.Value.Created,
                Ip = pod.Value.Ip,
                Node = pod.Value.Node,
                Zone = zones.GetValueOrDefault(pod.Meta.Name, ""),
                TemplateHash = pod.Value.TemplateHash,
                Ready = pod.Value.Ready,
                Terminating = pod.Meta.IsBeingDeleted,
                NodeLost = view.Nodes?.Find(new ObjectKey("", pod.Value.Node))?.Value.IsLost == true,
                Answer = answer?.PoolUid == pool.Uid ? answer : null,
            };
        }
    }

    // By their names: those of an earlier pool of this name may hold mail, too.
    private IEnumerable<GatheredClaim> Claims(ObjectKey pool)
    {
        foreach (var claim in view.ClaimsOf(pool))
        {
            if (PoolNames.OrdinalOfClaim(pool.Name, claim.Meta.Name) is { } ordinal)
            {
                yield return new GatheredClaim(claim.Meta.Name, claim.Meta.Uid, claim.Meta.ResourceVersion, ordinal, claim.Value.DrainToken)
                {
                    Storage = claim.Value.Storage,
                    IsBeingDeleted = claim.Meta.IsBeingDeleted,
                };
            }
        }
    }

    private Dictionary<string, string> Zones(ObjectMeta pool)
    {
        var zones = new Dictionary<string, string>(StringComparer.Ordinal);
        var slices = view.SlicesOf(new ObjectKey(pool.Namespace, $"{pool.Name}-pods"));
        foreach (var (pod, zone) in slices.SelectMany(slice => slice.Value.Zones))
        {
            zones[pod] = zone;
        }

        return zones;
    }

    // An object of somebody else is none of the pool's.
    private SeenObject? Own(ResourceKind kind, ObjectMeta pool, string name)
    {
        var seen = view.Owned[kind].Find(new ObjectKey(pool.Namespace, name));
        return seen is not null && seen.Meta.Labels.GetValueOrDefault(PoolLabels.PoolUid) == pool.Uid ? seen.Value : null;
    }
}
