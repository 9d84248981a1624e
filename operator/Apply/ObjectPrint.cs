using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Apply;

/// <summary>Fingerprint of all that people and operators write on an object: an edit changes it, the news of a controller do not.</summary>
internal static class ObjectPrint
{
    private static readonly string[] Maps = ["labels", "annotations"];

    public static UInt128 Of(JsonElement whole)
    {
        using var hash = new ContentHash();
        foreach (var field in whole.EnumerateObject().Where(field => field.Name is not ("status" or "metadata" or "apiVersion" or "kind")))
        {
            hash.Add(field.Name, field.Value);
        }

        var (metadata, own) = (whole.GetProperty("metadata"), OwnMetadata(whole));
        foreach (var field in metadata.EnumerateObject().Where(field => field.Name is "ownerReferences" or "uid"))
        {
            hash.Add(field.Name, field.Value);
        }

        // Controllers and people have labels and annotations of their own there.
        foreach (var name in Maps)
        {
            foreach (var entry in Entries(metadata, name).Where(entry => own is not { } mine || IsIn(mine, name, entry.Name)))
            {
                hash.Add($"{name}.{entry.Name}", entry.Value);
            }
        }

        return hash.Finish();
    }

    // What of the metadata the operator is the manager of; null where that is not told.
    private static JsonElement? OwnMetadata(JsonElement whole)
    {
        if (!whole.GetProperty("metadata").TryGetProperty("managedFields", out var managers))
        {
            return null;
        }

        var own = managers.EnumerateArray().FirstOrDefault(
            manager => Is(manager, "manager", ClusterClient.FieldManager) && Is(manager, "operation", "Apply") && !manager.TryGetProperty("subresource", out _));
        return own.ValueKind == JsonValueKind.Object && own.TryGetProperty("fieldsV1", out var fields) && fields.TryGetProperty("f:metadata", out var metadata)
            ? metadata
            : default(JsonElement);
    }

    private static bool Is(JsonElement manager, string name, string value) => manager.TryGetProperty(name, out var found) && found.ValueEquals(value);

    private static bool IsIn(JsonElement own, string map, string key) =>
        own.ValueKind == JsonValueKind.Object && own.TryGetProperty($"f:{map}", out var keys) && keys.TryGetProperty($"f:{key}", out _);

    private static JsonElement.ObjectEnumerator Entries(JsonElement metadata, string map) =>
        metadata.TryGetProperty(map, out var entries) ? entries.EnumerateObject() : default;
}
