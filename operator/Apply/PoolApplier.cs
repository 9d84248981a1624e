using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Reconciling;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Apply;

/// <summary>
/// Makes a pool's objects what they should be. Contract: they are applied in order; one that already is what was applied
/// last is left alone; one that is not the pool's is never touched; one that is on its way out is waited for; what tells
/// pods to come, leave or stay is refused where somebody else wrote first; what the pool has beyond them is removed only
/// when all of them are in place, and never a claim.
/// </summary>
public sealed class PoolApplier(ClusterClient client, ClusterView view)
{
    // What makes pods goes before what they live by and what keeps others from them.
    private static readonly ResourceKind[] RemovalOrder =
    [
        ResourceKind.PodMonitor, ResourceKind.HorizontalPodAutoscaler, ResourceKind.PodDisruptionBudget, ResourceKind.Deployment,
        ResourceKind.StatefulSet, ResourceKind.Service, ResourceKind.Secret, ResourceKind.NetworkPolicy, ResourceKind.RoleBinding,
        ResourceKind.Role, ResourceKind.ServiceAccount,
    ];

    private readonly ConcurrentDictionary<(ResourceKind Kind, ObjectKey Key), AppliedObject> _applied = new();

    /// <summary>Applies the objects of the pool with that uid, and removes what it has beyond them.</summary>
    public async Task<ApplyOutcome> ApplyAsync(string uid, string ns, PoolResources resources, CancellationToken cancellationToken)
    {
        var (conflicts, errors, isPending) = (new List<string>(), new List<string>(), false);
        var wanted = new HashSet<(ResourceKind Kind, string Name)>();
        foreach (var item in resources.Objects)
        {
            var kind = view.Owned.Keys.Single(known => known.Kind == item.Kind);
            var key = new ObjectKey(ns, item.Metadata.Name);
            wanted.Add((kind, key.Name));
            try
            {
                var result = kind == ResourceKind.StatefulSet && resources.Claims.ReplaceStatefulSet
                    ? await TakeAwayAsync(uid, kind, key, cancellationToken)
                    : await ApplyAsync(uid, kind, key, item, cancellationToken);
                isPending |= result == ApplyResult.Pending;
                if (result == ApplyResult.NotOurs)
                {
                    conflicts.Add($"{item.Kind}/{item.Metadata.Name}");
                }
            }
            catch (ClusterException e) when (kind.MayBeAbsent && e.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
            {
                // Its definition is on its way out: the watch will tell.
            }
            catch (ClusterException e) when (IsRefusal(e))
            {
                errors.Add($"{item.Kind}/{item.Metadata.Name}: {e.Message}");
            }
        }

        if (resources.MayPrune && !isPending && conflicts.Count == 0 && errors.Count == 0)
        {
            await PruneAsync(uid, ns, wanted, cancellationToken);
        }

        return new ApplyOutcome([.. conflicts], [.. errors]) { IsPending = isPending };
    }

    /// <summary>Whether an object of the pool is there still, asked of the API server itself.</summary>
    public async Task<bool> HasAnyAsync(string uid, string ns, CancellationToken cancellationToken)
    {
        foreach (var kind in view.Owned.Keys.Where(kind => view.Owned[kind].IsServed(ns)))
        {
            try
            {
                var left = await client.ListAsync(kind, ns, $"{PoolLabels.PoolUid}={uid}", true, cancellationToken);
                if (!left.Items.IsEmpty)
                {
                    return true;
                }
            }
            catch (ClusterException e) when (kind.MayBeAbsent && e.IsNotFound)
            {
                // Its definition has just gone, and its objects with it.
            }
        }

        return false;
    }

    // Of this object alone; whatever else goes wrong concerns all of them, and is tried again.
    private static bool IsRefusal(ClusterException e) =>
        e.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest || (e.Status == HttpStatusCode.Forbidden && !e.IsOfLeavingNamespace);

    private async Task<ApplyResult> ApplyAsync(
        string uid, ResourceKind kind, ObjectKey key, IKubernetesObject<V1ObjectMeta> item, CancellationToken cancellationToken)
    {
        var json = KubernetesJson.Serialize(item);
        var hash = ContentHash.Of(Encoding.UTF8.GetBytes(json));
        var seen = view.Owned[kind].Find(key);
        if (seen is null && await client.GetAsync(kind, key, cancellationToken) is { } there)
        {
            // The watch sees our own only, and may be behind.
            seen = new Watched<SeenObject>(ObjectMeta.Of(there), SeenObject.Print(there));
        }

        var last = _applied.GetValueOrDefault((kind, key));
        if (seen is not null)
        {
            if (!IsOwn(seen.Meta, uid))
            {
                return ApplyResult.NotOurs;
            }

            if (seen.Meta.IsBeingDeleted)
            {
                return ApplyResult.Pending;
            }

            if (last is not null && last.Wanted == hash && last.IsStill(seen))
            {
                return ApplyResult.Applied;
            }
        }

        var wanted = JsonNode.Parse(json)!;
        if (seen is not null && DecidesOnPods(kind))
        {
            // Our own last write may not have been seen yet.
            var newest = last is not null && last.Meta.Uid == seen.Meta.Uid && last.Meta.IsNewerThan(seen.Meta) ? last.Meta : seen.Meta;
            wanted["metadata"]!["uid"] = newest.Uid;
            wanted["metadata"]!["resourceVersion"] = newest.ResourceVersion;
        }

        var answer = await client.ApplyAsync(kind, key, wanted, cancellationToken);
        _applied[(kind, key)] = new AppliedObject(hash, ObjectMeta.Of(answer), ObjectPrint.Of(answer));
        return ApplyResult.Applied;
    }

    // How many there are, and which of them leave: what is decided on an old reading must not be written late.
    private static bool DecidesOnPods(ResourceKind kind) =>
        kind == ResourceKind.Secret || kind == ResourceKind.StatefulSet || kind == ResourceKind.Deployment;

    // From around its pods, which run on and are taken over by the next one.
    private async Task<ApplyResult> TakeAwayAsync(string uid, ResourceKind kind, ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Owned[kind].Find(key) is { } seen && IsOwn(seen.Meta, uid) && !seen.Meta.IsBeingDeleted)
        {
            await client.DeleteAsync(kind, seen.Meta, unchanged: true, "Orphan", cancellationToken);
        }

        return ApplyResult.Pending;
    }

    private async Task PruneAsync(string uid, string ns, HashSet<(ResourceKind Kind, string Name)> wanted, CancellationToken cancellationToken)
    {
        using var step = ReconcileTrace.Step("prune");
        foreach (var kind in RemovalOrder.Where(view.Owned.ContainsKey))
        {
            foreach (var left in view.OwnedBy(kind, ns, uid).Where(item => !item.Meta.IsBeingDeleted && !wanted.Contains((kind, item.Meta.Name))))
            {
                await client.DeleteAsync(kind, left.Meta, unchanged: false, "Background", cancellationToken);
                _applied.TryRemove((kind, left.Meta.Key), out _);
            }
        }
    }

    private static bool IsOwn(ObjectMeta meta, string uid) => meta.Labels.GetValueOrDefault(PoolLabels.PoolUid) == uid;
}
