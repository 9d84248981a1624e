using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
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
/// last is left alone; one that is not the pool's is never touched; what the pool has beyond them is removed only when all
/// of them are in place, and never a claim.
/// </summary>
public sealed class PoolApplier(ClusterClient client, ClusterView view)
{
    private readonly ConcurrentDictionary<(ResourceKind Kind, ObjectKey Key), AppliedObject> _applied = new();

    /// <summary>Applies the objects of the pool with that uid; <paramref name="mayPrune"/> says whether the list is complete.</summary>
    public async Task<ApplyOutcome> ApplyAsync(
        string uid, string ns, IReadOnlyCollection<IKubernetesObject<V1ObjectMeta>> objects, bool mayPrune, CancellationToken cancellationToken)
    {
        var (conflicts, errors) = (new List<string>(), new List<string>());
        var wanted = new HashSet<(ResourceKind Kind, string Name)>();
        foreach (var item in objects)
        {
            var kind = view.Owned.Keys.Single(known => known.Kind == item.Kind);
            wanted.Add((kind, item.Metadata.Name));
            try
            {
                if (!await ApplyAsync(uid, kind, new ObjectKey(ns, item.Metadata.Name), item, cancellationToken))
                {
                    conflicts.Add($"{item.Kind}/{item.Metadata.Name}");
                }
            }
            catch (ClusterException e) when (IsRefusal(e))
            {
                errors.Add($"{item.Kind}/{item.Metadata.Name}: {e.Message}");
            }
        }

        if (mayPrune && conflicts.Count == 0 && errors.Count == 0)
        {
            await PruneAsync(uid, ns, wanted, cancellationToken);
        }

        return new ApplyOutcome([.. conflicts], [.. errors]);
    }

    // Of this object alone; whatever else goes wrong concerns all of them, and is tried again.
    private static bool IsRefusal(ClusterException e) =>
        e.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest
        || (e.Status == HttpStatusCode.Forbidden && !e.Message.Contains("being terminated", StringComparison.Ordinal));

    private async Task<bool> ApplyAsync(
        string uid, ResourceKind kind, ObjectKey key, IKubernetesObject<V1ObjectMeta> item, CancellationToken cancellationToken)
    {
        var json = KubernetesJson.Serialize(item);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
        var seen = view.Owned[kind].Find(key);
        if (seen is not null)
        {
            if (!IsOwn(seen.Meta, uid))
            {
                return false;
            }

            if (_applied.TryGetValue((kind, key), out var last) && last.Wanted == hash && last.IsStill(seen))
            {
                return true;
            }
        }
        else if (await client.GetAsync(kind, key, cancellationToken) is { } there)
        {
            // The watch sees our own only, and may be behind.
            var meta = ObjectMeta.Of(there);
            if (!IsOwn(meta, uid))
            {
                return false;
            }

            if (_applied.TryGetValue((kind, key), out var last) && last.Wanted == hash && last.IsStill(new(meta, SeenObject.Print(there))))
            {
                return true;
            }
        }

        var answer = await client.ApplyAsync(kind, key, JsonNode.Parse(json)!, cancellationToken);
        _applied[(kind, key)] = new AppliedObject(hash, ObjectMeta.Of(answer), SeenObject.FingerprintOf(answer));
        return true;
    }

    private async Task PruneAsync(string uid, string ns, HashSet<(ResourceKind Kind, string Name)> wanted, CancellationToken cancellationToken)
    {
        using var step = ReconcileTrace.Step("prune");
        foreach (var (kind, objects) in view.Owned)
        {
            foreach (var left in objects.In(ns).Where(item => IsOwn(item.Meta, uid) && !item.Meta.IsBeingDeleted && !wanted.Contains((kind, item.Meta.Name))))
            {
                await client.DeleteAsync(kind, left.Meta, unchanged: false, "Background", cancellationToken);
                _applied.TryRemove((kind, left.Meta.Key), out _);
            }
        }
    }

    private static bool IsOwn(ObjectMeta meta, string uid) => meta.Labels.GetValueOrDefault(PoolLabels.PoolUid) == uid;
}
