using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Schema;

/// <summary>Fills in defaults, as an API server does on every write and read. A null is as good as nothing.</summary>
public static class SchemaDefaults
{
    public static void Apply(StructuralSchema schema, JsonObject value) => Apply(schema, value, "");

    private static void Apply(StructuralSchema schema, JsonNode value, string path)
    {
        if (value is JsonObject map)
        {
            foreach (var name in map.Where(entry => entry.Value is null && !schema.PreservesUnknownFields).Select(entry => entry.Key).ToArray())
            {
                _ = map.Remove(name);
            }

            foreach (var (name, property) in schema.Properties)
            {
                if (property.Default is { } @default && !map.ContainsKey(name))
                {
                    map[name] = @default.DeepClone();
                }
            }
        }

        foreach (var inner in SchemaWalk.Within(schema, value, null, path))
        {
            Apply(inner.Schema, inner.Value, inner.Path);
        }
    }
}
