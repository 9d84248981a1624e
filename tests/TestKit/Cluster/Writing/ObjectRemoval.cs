using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>Deletes: at once where nothing holds the object, else a deletionTimestamp first.</summary>
public sealed class ObjectRemoval(ResourceStore store, TimeProvider time)
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    /// <returns>The object, and whether it is gone already.</returns>
    public (StoredObject Object, bool Gone) Delete(ResourceKind kind, string space, string name, RemovalOptions options)
    {
        lock (store.Gate)
        {
            var before = store.Get(kind, space, name) ?? throw RefusalException.NotFound(kind, name);
            Demand(kind, before, options);
            if (options.DryRun)
            {
                return (before, true);
            }
            var next = before.Json.Copy();
            var metadata = next.Ensure("metadata");
            var grace = GraceOf(kind, before.Json, options);
            if (!before.Json.IsLeaving())
            {
                var finalizers = before.Json.At("metadata", "finalizers").Texts().ToList();
                finalizers.AddRange(options.Propagation switch { "Foreground" => [Foreground], "Orphan" => [Orphan], _ => [] });
                metadata.Put("finalizers", finalizers.Count > 0 ? new JsonArray([.. finalizers.Distinct().Select(f => (JsonNode)f)]) : null);
                metadata["deletionTimestamp"] = Timestamp.Of(time.GetUtcNow().AddSeconds(grace));
                metadata["deletionGracePeriodSeconds"] = grace;
                if (before.Json.Generation() > 0)
                {
                    metadata["generation"] = before.Json.Generation() + 1;
                }
                if (kind == BuiltInKinds.Namespace)
                {
                    next.Ensure("status")["phase"] = "Terminating";
                }
            }
            else if (grace < (before.Json.At("metadata", "deletionGracePeriodSeconds").Number() ?? 0))
            {
                metadata["deletionGracePeriodSeconds"] = grace;
            }
            if (Leaving.IsFinished(next))
            {
                return (store.Remove(kind, space, name)!, true);
            }
            return (next.Same(before.Json) ? before : store.Put(kind, next), false);
        }
    }

    /// <summary>Only a pod on a node has time to leave.</summary>
    private static long GraceOf(ResourceKind kind, JsonObject target, RemovalOptions options) =>
        kind != BuiltInKinds.Pod || target.At("spec", "nodeName") is null || target.At("status", "phase").Text() is "Succeeded" or "Failed"
            ? 0
            : options.GraceSeconds ?? target.At("metadata", "deletionGracePeriodSeconds").Number() ?? target.At("spec", "terminationGracePeriodSeconds").Number() ?? 30;

    private static void Demand(ResourceKind kind, StoredObject before, RemovalOptions options)
    {
        if (options.Uid is { } uid && uid != before.Json.Uid())
        {
            throw RefusalException.Conflict(kind, before.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {before.Json.Uid()}");
        }
        if (options.ResourceVersion is { } version && version != before.Json.ResourceVersion())
        {
            throw RefusalException.Conflict(kind, before.Name,
                $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {before.Json.ResourceVersion()}");
        }
    }
}
