using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>Pruning, defaults and validation by an openAPIV3Schema.</summary>
public sealed class StructuralSchema(JsonObject schema) : IResourceSchema
{
    private const string Preserve = "x-kubernetes-preserve-unknown-fields";

    public IReadOnlyList<string> Prune(JsonObject target)
    {
        var pruned = new List<string>();
        Prune(target, schema, "", pruned);
        return pruned;
    }

    public void Default(JsonObject target) => Default(target, schema);

    public IReadOnlyList<string> Faults(JsonObject target, JsonObject? before) => [.. new SchemaFaults(schema).Of(target)];

    private static void Prune(JsonNode? value, JsonNode? schema, string path, List<string> pruned)
    {
        if (value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Prune(list[i], schema.At("items"), $"{path}[{i}]", pruned);
            }
        }
        if (value is not JsonObject map || schema.At("x-kubernetes-embedded-resource").Flag() == true)
        {
            return;
        }
        var rest = schema.At("additionalProperties");
        foreach (var key in map.Select(entry => entry.Key).ToList())
        {
            var field = path.Length == 0 ? key : $"{path}.{key}";
            if (path.Length == 0 && key is "apiVersion" or "kind" or "metadata")
            {
                continue;
            }
            var below = schema.At("properties", key) ?? rest as JsonObject;
            if (below is not null)
            {
                Prune(map[key], below, field, pruned);
            }
            else if (schema.At(Preserve).Flag() != true && rest.Flag() != true)
            {
                map.Remove(key);
                pruned.Add(field);
            }
        }
    }

    private static void Default(JsonNode? value, JsonNode? schema)
    {
        if (value is JsonObject map)
        {
            if (schema.At("properties") is JsonObject properties)
            {
                foreach (var (key, below) in properties)
                {
                    if (below.At("default") is { } standard && (!map.ContainsKey(key) || (map[key] is null && below.At("nullable").Flag() != true)))
                    {
                        map[key] = standard.DeepClone();
                    }
                }
            }
            foreach (var (key, entry) in map)
            {
                Default(entry, schema.At("properties", key) ?? schema.At("additionalProperties"));
            }
        }
        else if (value is JsonArray list)
        {
            foreach (var item in list)
            {
                Default(item, schema.At("items"));
            }
        }
    }
}
