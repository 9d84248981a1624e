using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Schema;
using YamlDotNet.Core;

namespace RelayOperator.TestKit.Cluster.Patches;

/// <summary>The body of a PATCH, by its media type.</summary>
public sealed class PatchBody
{
    private readonly Func<JsonObject, JsonNode?> _apply;

    private PatchBody(Func<JsonObject, JsonNode?> apply, JsonObject? applied = null)
    {
        _apply = apply;
        Applied = applied;
    }

    /// <summary>The configuration of a server-side apply; null for the other kinds of patch.</summary>
    public JsonObject? Applied { get; }

    /// <summary>The object as the patch leaves it.</summary>
    public JsonObject Apply(JsonObject current) =>
        _apply(current) as JsonObject ?? throw RefusalException.BadRequest("the patched object is not a JSON object");

    public static PatchBody Parse(string contentType, byte[] body)
    {
        switch (contentType.Split(';')[0].Trim())
        {
            case "application/json-patch+json":
                var operations = JsonPatchDocument.Parse(Json(body));
                return new PatchBody(operations.Apply);
            case "application/merge-patch+json":
                var changes = Json(body);
                return new PatchBody(current => JsonMergePatch.Apply(current, changes));
            case "application/apply-patch+yaml" or "application/apply-patch+json":
                var applied = Yaml(body) as JsonObject ?? throw RefusalException.BadRequest("error decoding YAML: not an object");
                return new PatchBody(current => current, applied);
            default:
                throw RefusalException.UnsupportedPatch(contentType);
        }
    }

    /// <summary>A body that may be JSON too, as all JSON is YAML.</summary>
    private static JsonNode? Yaml(byte[] body)
    {
        try
        {
            return YamlText.Documents(Encoding.UTF8.GetString(body)).FirstOrDefault();
        }
        catch (YamlException error)
        {
            throw RefusalException.BadRequest($"error decoding YAML: {error.Message}");
        }
    }

    /// <summary>A body that must be JSON.</summary>
    public static JsonNode? Json(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException error)
        {
            throw RefusalException.BadRequest($"couldn't get version/kind; json parse error: {error.Message}");
        }
    }
}
