using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Schema;

/// <summary>Takes away what the schema does not know, as an API server does before it stores an object.</summary>
public static class SchemaPruning
{
    /// <summary>Changes the object; the result is the paths of what was taken away, which a strict request is refused for.</summary>
    public static ImmutableArray<string> Prune(StructuralSchema schema, JsonObject value) => [.. Prune(schema, value, "")];

    private static IEnumerable<string> Prune(StructuralSchema schema, JsonNode value, string path)
    {
        if (value is JsonObject map)
        {
            foreach (var name in map.Select(entry => entry.Key).Where(name => !SchemaWalk.Knows(schema, name, path)).ToArray())
            {
                _ = map.Remove(name);
                yield return SchemaWalk.Field(schema, path, name);
            }
        }

        foreach (var inner in SchemaWalk.Within(schema, value, null, path))
        {
            foreach (var pruned in Prune(inner.Schema, inner.Value, inner.Path))
            {
                yield return pruned;
            }
        }
    }
}
