using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Apply;

/// <summary>An object of a pool as the watch shows it.</summary>
/// <param name="Fingerprint">Of all that people and operators write: an edit changes it, the news of a controller do not.</param>
/// <param name="Whole">The object, where it is read for more than that.</param>
public sealed record SeenObject(string Fingerprint, JsonElement? Whole)
{
    public static SeenObject Kept(JsonElement whole) => new(FingerprintOf(whole), whole);

    public static SeenObject Print(JsonElement whole) => new(FingerprintOf(whole), null);

    public static string FingerprintOf(JsonElement whole)
    {
        var text = new StringBuilder();
        foreach (var field in whole.EnumerateObject().Where(field => field.Name is not ("status" or "metadata" or "apiVersion" or "kind")))
        {
            text.Append(field.Name).Append(field.Value.GetRawText()).Append('\n');
        }

        var (metadata, own) = (whole.GetProperty("metadata"), OwnMetadata(whole));
        foreach (var field in metadata.EnumerateObject().Where(field => field.Name is "ownerReferences" or "uid"))
        {
            text.Append(field.Name).Append(field.Value.GetRawText()).Append('\n');
        }

        // Controllers and people have labels and annotations of their own there.
        foreach (var name in new[] { "labels", "annotations" })
        {
            foreach (var entry in Entries(metadata, name).Where(entry => own is not { } mine || IsIn(mine, name, entry.Name)))
            {
                text.Append(name).Append(entry.Name).Append(entry.Value.GetRawText()).Append('\n');
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
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
