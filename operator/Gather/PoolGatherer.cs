using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Reconciling;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Gather;

/// <summary>Puts together what is known of one pool. Asks the API server for the content of Secrets alone.</summary>
public sealed class PoolGatherer(ClusterView view, ReferredSecrets secrets, PodStatusGatherer answers)
{
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
            StatefulSet = Own(ResourceKind.StatefulSet, meta, meta.Name) is { } set ? Workload(set) : null,
            Deployment = Own(ResourceKind.Deployment, meta, meta.Name) is { } deployment ? Workload(deployment) : null,
            VipAddresses = Own(ResourceKind.Service, meta, meta.Name) is { } service ? VipReading.Addresses(service) : [],
            NodeAddresses = [.. view.Nodes?.All.SelectMany(node => NodeAddresses(node.Value)) ?? []],
            Pods = [.. Pods(meta)],
            Claims = [.. Claims(meta.Key)],
        };
        return gathered with
        {
            Secrets = await secrets.ReadAsync(meta.Namespace, ReferredSecrets.Names(pool, gathered.SelectedHubs()), cancellationToken),
            Written = Own(ResourceKind.Secret, meta, PoolNames.Config(gathered)) is { } written ? ConfigSecret.Read(KubernetesJson.Deserialize<V1Secret>(written)) : null,
        };
    }

    /// <summary>The pods of a pool, by its name.</summary>
    internal IEnumerable<Watched<JsonElement>> PodsOf(ObjectKey pool) =>
        view.PodsOf(pool).OrderBy(pod => pod.Meta.Name, StringComparer.Ordinal);

    private IEnumerable<GatheredPod> Pods(ObjectMeta pool)
    {
        var zones = Zones(pool);
        foreach (var pod in PodsOf(pool.Key))
        {
            var node = view.Nodes?.Find(new ObjectKey("", PodReading.Text(PodReading.Part(pod.Value, "spec"), "nodeName")));
            var answer = answers.AnswerOf(pod.Meta);
            yield return PodReading.Pod(
                pod.Value,
                zones.GetValueOrDefault(pod.Meta.Name, ""),
                node is not null && PodReading.Condition(node.Value, "Ready") == "Unknown",
                answer?.PoolUid == pool.Uid ? answer : null);
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
        foreach (var endpoint in slices.SelectMany(slice => PodReading.Items(slice.Value, "endpoints")))
        {
            zones[PodReading.Text(PodReading.Part(endpoint, "targetRef"), "name")] = PodReading.Text(endpoint, "zone");
        }

        return zones;
    }

    // An object of somebody else is none of the pool's.
    private JsonElement? Own(ResourceKind kind, ObjectMeta pool, string name)
    {
        var seen = view.Owned[kind].Find(new ObjectKey(pool.Namespace, name));
        return seen is not null && seen.Meta.Labels.GetValueOrDefault(PoolLabels.PoolUid) == pool.Uid ? seen.Value.Whole : null;
    }

    private static GatheredWorkload Workload(JsonElement whole)
    {
        var (meta, spec, status) = (ObjectMeta.Of(whole), PodReading.Part(whole, "spec"), PodReading.Part(whole, "status"));
        return new GatheredWorkload
        {
            Replicas = Number(spec, "replicas"),
            UpdatedReplicas = Number(status, "updatedReplicas"),
            OldReplicas = Math.Max(0, Number(status, "replicas") - Number(status, "updatedReplicas")),
            ReadyReplicas = Number(status, "readyReplicas"),
            ClaimStorage = PodReading.Items(spec, "volumeClaimTemplates").Select(claim => PodReading.Storage(PodReading.Part(claim, "spec"))).FirstOrDefault(""),
            IsObserved = Number(status, "observedGeneration") >= meta.Generation,
            Template = KubernetesJson.Deserialize<V1PodTemplateSpec>(PodReading.Part(spec, "template")),
            Rollout = RolloutMark.Parse(meta.Annotations.GetValueOrDefault(PoolNames.RolloutAnnotation)),
        };
    }

    private static int Number(JsonElement whole, string name) => PodReading.Part(whole, name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : 0;

    private static IEnumerable<IPAddress> NodeAddresses(JsonElement node) =>
        PodReading.Items(PodReading.Part(node, "status"), "addresses")
            .Select(address => IPAddress.TryParse(PodReading.Text(address, "address"), out var ip) ? ip : null).OfType<IPAddress>();
}
