using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>Deletes what has lost all its owners; for an owner that is being deleted, its dependents first (Foreground) or their references to it (Orphan).</summary>
public sealed class GarbageCollector(ClusterState cluster) : ClusterController(cluster)
{
    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        var target = change.After!;
        if (!change.Deleted && (target.Json.IsLeaving() || target.Json.At("metadata", "ownerReferences") is not null))
        {
            yield return new(kind, target.Namespace, target.Name);
        }
        if (change.Deleted)
        {
            foreach (var (dependent, stored) in Cluster.Store.OwnedBy(target.Json.Uid()))
            {
                yield return new(dependent, stored.Namespace, stored.Name);
            }
            foreach (var owner in Owners(target.Json).Select(reference => Cluster.Store.FindUid(reference["uid"].Text() ?? "")))
            {
                if (owner is { } found)
                {
                    yield return new(found.Kind, found.Object.Namespace, found.Object.Name);
                }
            }
        }
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } target)
        {
            return;
        }
        if (target.IsLeaving())
        {
            var finalizers = target.At("metadata", "finalizers").Texts().ToList();
            if (finalizers.Contains(ObjectRemoval.Orphan))
            {
                Abandon(address, target);
            }
            else if (finalizers.Contains(ObjectRemoval.Foreground))
            {
                DeleteDependents(address, target);
            }
            return;
        }
        Collect(address, target);
    }

    /// <summary>An object stays as long as one owner that is not itself waiting for it is there.</summary>
    private void Collect(ObjectAddress address, JsonObject target)
    {
        var references = Owners(target).ToList();
        if (references.Count == 0)
        {
            return;
        }
        var owners = references.Select(reference => (Uid: reference["uid"].Text(), Owner: Find(reference, target))).ToList();
        if (owners.Any(o => o.Owner is not null && !IsWaiting(o.Owner)))
        {
            var lost = owners.Where(o => o.Owner is null || IsWaiting(o.Owner)).Select(o => o.Uid).ToHashSet(StringComparer.Ordinal);
            if (lost.Count > 0)
            {
                Cluster.Update(address.Kind, address.Namespace, address.Name, t => Drop(t, lost));
            }
            return;
        }
        var waits = owners.Any(o => o.Owner is not null) && Cluster.Store.OwnedBy(target.Uid()).Count > 0;
        Cluster.Delete(address.Kind, address.Namespace, address.Name, new RemovalOptions { Uid = target.Uid(), Propagation = waits ? "Foreground" : "Background" });
    }

    private void DeleteDependents(ObjectAddress address, JsonObject target)
    {
        foreach (var (kind, stored) in Cluster.Store.OwnedBy(target.Uid()))
        {
            Enqueue(new(kind, stored.Namespace, stored.Name));
        }
        var blocked = Cluster.Store.OwnedBy(target.Uid()).Any(dependent => Owners(dependent.Object.Json)
            .Any(reference => reference["uid"].Text() == target.Uid() && reference["blockOwnerDeletion"].Flag() == true));
        if (!blocked)
        {
            RemoveFinalizer(address, ObjectRemoval.Foreground);
        }
    }

    private void Abandon(ObjectAddress address, JsonObject target)
    {
        foreach (var (kind, stored) in Cluster.Store.OwnedBy(target.Uid()))
        {
            Cluster.Update(kind, stored.Namespace, stored.Name, t => Drop(t, [target.Uid()]));
        }
        RemoveFinalizer(address, ObjectRemoval.Orphan);
    }

    private void RemoveFinalizer(ObjectAddress address, string finalizer) => Cluster.Update(address.Kind, address.Namespace, address.Name, target =>
    {
        var left = target.At("metadata", "finalizers").Texts().Where(f => f != finalizer).Select(f => (JsonNode)f).ToArray();
        target.Ensure("metadata").Put("finalizers", left.Length > 0 ? new JsonArray(left) : null);
    });

    /// <summary>An owner in another namespace, or of another name under that uid, counts as gone.</summary>
    private JsonObject? Find(JsonObject reference, JsonObject dependent) =>
        Cluster.Store.FindUid(reference["uid"].Text() ?? "") is { } found
        && (!found.Kind.Namespaced || found.Object.Namespace == dependent.Namespace())
        && found.Kind.Kind == reference["kind"].Text() && found.Object.Name == reference["name"].Text()
            ? found.Object.Json
            : null;

    private static bool IsWaiting(JsonObject owner) => owner.IsLeaving() && owner.At("metadata", "finalizers").Texts().Contains(ObjectRemoval.Foreground);

    private static void Drop(JsonObject target, HashSet<string?> uids)
    {
        var left = Owners(target).Where(reference => !uids.Contains(reference["uid"].Text())).Select(reference => reference.DeepClone()).ToArray();
        target.Ensure("metadata").Put("ownerReferences", left.Length > 0 ? new JsonArray(left) : null);
    }

    private static IEnumerable<JsonObject> Owners(JsonObject target) => target.At("metadata", "ownerReferences").Items();
}
