using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>As a custom resource's schema says: x-kubernetes-list-type, x-kubernetes-list-map-keys, x-kubernetes-map-type.</summary>
public sealed class SchemaMergeType : MergeType
{
    private readonly JsonNode? _schema;

    public SchemaMergeType(JsonNode? schema) => _schema = schema;

    public override ListMerge List => _schema.At("x-kubernetes-list-type").Text() switch
    {
        "map" => ListMerge.Map,
        "set" => ListMerge.Set,
        _ => ListMerge.Atomic,
    };

    public override bool IsAtomicMap => _schema.At("x-kubernetes-map-type").Text() == "atomic";

    public override IReadOnlyList<string> Keys => [.. _schema.At("x-kubernetes-list-map-keys").Texts()];

    public override JsonNode? KeyDefault(string key) => _schema.At("items", "properties", key, "default");

    public override bool IsNamed(string field) => _schema.At("properties", field) is not null;

    public override MergeType Field(string field) => new SchemaMergeType(_schema.At("properties", field) ?? _schema.At("additionalProperties"));

    public override MergeType Item => new SchemaMergeType(_schema.At("items"));
}
