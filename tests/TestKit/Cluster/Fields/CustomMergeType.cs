using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>The root of a custom resource: metadata as in every object, the rest by the schema.</summary>
public sealed class CustomMergeType(JsonObject schema) : MergeType
{
    private readonly SchemaMergeType _own = new(schema);

    public override MergeType Item => _own.Item;

    public override bool IsNamed(string field) => field is "metadata" or "apiVersion" or "kind" || _own.IsNamed(field);

    public override MergeType Field(string field) => field == "metadata" ? new BuiltInMergeType("", "metadata") : _own.Field(field);
}
