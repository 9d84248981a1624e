using System.Text.Json;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>One state of one object: never changed once it is stored, so that readers need no lock. Whoever wants to change it takes a copy.</summary>
public sealed class StoredObject
{
    private readonly Lazy<byte[]> _metadataOnly;

    public StoredObject(JsonObject json)
    {
        Utf8 = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(json);
        // Read back, so that numbers and strings compare alike whoever wrote them.
        Json = JsonNode.Parse(Utf8)!.AsObject();
        Revision = long.Parse(Json.ResourceVersion());
        _metadataOnly = new(() => JsonSerializer.SerializeToUtf8Bytes<JsonNode>(new JsonObject
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = Json["metadata"]!.DeepClone(),
        }));
    }

    public JsonObject Json { get; }

    public byte[] Utf8 { get; }

    /// <summary>The resourceVersion as a number.</summary>
    public long Revision { get; }

    public string Name => Json.Name();

    public string Namespace => Json.Namespace();

    /// <summary>How it goes out.</summary>
    /// <param name="metadataOnly">As PartialObjectMetadata.</param>
    public byte[] Body(bool metadataOnly) => metadataOnly ? _metadataOnly.Value : Utf8;
}
