using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Schema;

/// <summary>Steps from a value to the values within it that its schema describes.</summary>
internal static class SchemaWalk
{
    /// <summary>What every object has and what is judged apart from its schema.</summary>
    private static readonly string[] OfEveryObject = ["apiVersion", "kind", "metadata"];

    /// <summary>The values within, each with its schema, its path and the value that it had in the object before, if that can be told.</summary>
    public static IEnumerable<(StructuralSchema Schema, JsonNode Value, JsonNode? Old, string Path)> Within(
        StructuralSchema schema, JsonNode value, JsonNode? old, string path)
    {
        if (value is JsonObject map)
        {
            foreach (var (name, entry) in map.ToArray())
            {
                if (entry is not null && Of(schema, name, path) is { } inner)
                {
                    yield return (inner, entry, (old as JsonObject)?[name], Field(schema, path, name));
                }
            }
        }
        else if (value is JsonArray list && schema.Items is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is { } item)
                {
                    yield return (items, item, Earlier(schema, item, old as JsonArray), $"{path}[{i}]");
                }
            }
        }
    }

    /// <summary>Whether the schema has a place for a field of that name.</summary>
    public static bool Knows(StructuralSchema schema, string name, string path) =>
        schema.PreservesUnknownFields || schema.AdditionalProperties is not null || schema.Property(name) is not null
        || (path.Length == 0 && OfEveryObject.Contains(name, StringComparer.Ordinal));

    public static string Field(StructuralSchema schema, string path, string name) =>
        schema.AdditionalProperties is not null ? $"{path}[{name}]" : path.Length == 0 ? name : $"{path}.{name}";

    private static StructuralSchema? Of(StructuralSchema schema, string name, string path) =>
        path.Length == 0 && OfEveryObject.Contains(name, StringComparer.Ordinal) ? null : schema.Property(name) ?? schema.AdditionalProperties;

    /// <summary>Only the items of a list-map have an identity that outlives a change.</summary>
    private static JsonNode? Earlier(StructuralSchema list, JsonNode item, JsonArray? old) =>
        list.ListType != "map" ? null
        : old?.FirstOrDefault(other => list.ListMapKeys.All(key => JsonNode.DeepEquals((item as JsonObject)?[key], (other as JsonObject)?[key])));
}
