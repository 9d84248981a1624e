using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Owner references of controllers.</summary>
internal static class Ownership
{
    public static JsonObject Reference(ResourceKind kind, JsonObject owner) => new()
    {
        ["apiVersion"] = kind.ApiVersion,
        ["kind"] = kind.Kind,
        ["name"] = owner.Name(),
        ["uid"] = owner.Uid(),
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>The owner of that kind that controls a changed object, now or before.</summary>
    public static IEnumerable<ObjectAddress> Controllers(ResourceEvent change, ResourceKind kind) =>
        new[] { change.Before, change.After }.OfType<StoredObject>().SelectMany(stored => stored.Json.At("metadata", "ownerReferences").Items()
            .Where(reference => reference["kind"].Text() == kind.Kind && reference["controller"].Flag() == true)
            .Select(reference => new ObjectAddress(kind, stored.Namespace, reference["name"].Text() ?? ""))).Distinct();

    public static bool HasController(JsonObject target) => target.At("metadata", "ownerReferences").Items().Any(reference => reference["controller"].Flag() == true);

    /// <summary>The objects of a kind that somebody controls.</summary>
    public static List<JsonObject> Controlled(ClusterState cluster, JsonObject owner, ResourceKind kind) =>
    [
        .. cluster.Store.OwnedBy(owner.Uid()).Where(owned => owned.Kind == kind).Select(owned => owned.Object.Json)
            .Where(target => target.At("metadata", "ownerReferences").Items().Any(reference => reference["uid"].Text() == owner.Uid() && reference["controller"].Flag() == true)),
    ];

    /// <summary>A short hash of a template, as revisions carry it.</summary>
    public static string HashOf(JsonNode? template)
    {
        var bytes = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(template?.ToJsonString() ?? ""));
        return Convert.ToHexStringLower(bytes)[..10];
    }
}
