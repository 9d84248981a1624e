using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster;

/// <summary>Reading and writing fields of objects kept as JSON: <c>pod.At("status", "phase").Text()</c>.</summary>
public static class ObjectFields
{
    /// <summary>What stands there, or null where any step is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = node is JsonObject map && map.TryGetPropertyValue(step, out var next) ? next : null;
        }
        return node;
    }

    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number)
        ? number
        : node is JsonValue small && small.TryGetValue<int>(out var narrow) ? narrow : null;

    public static bool? Flag(this JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>The items that are objects; none where there is no list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node) => node is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The items that are strings; none where there is no list.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node) => node is JsonArray list ? list.Select(item => item.Text()).OfType<string>() : [];

    /// <summary>The object there, made where it is missing.</summary>
    public static JsonObject Ensure(this JsonObject map, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (map[step] is not JsonObject next)
            {
                map[step] = next = [];
            }
            map = next;
        }
        return map;
    }

    /// <summary>A copy that shares nothing with this one.</summary>
    public static JsonObject Copy(this JsonObject map) => (JsonObject)map.DeepClone();

    public static bool Same(this JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);

    public static string Name(this JsonObject map) => map.At("metadata", "name").Text() ?? "";

    /// <summary>Empty for an object of the cluster.</summary>
    public static string Namespace(this JsonObject map) => map.At("metadata", "namespace").Text() ?? "";

    public static string Uid(this JsonObject map) => map.At("metadata", "uid").Text() ?? "";

    public static string ResourceVersion(this JsonObject map) => map.At("metadata", "resourceVersion").Text() ?? "";

    public static long Generation(this JsonObject map) => map.At("metadata", "generation").Number() ?? 0;

    /// <summary>Whether a deletionTimestamp is set.</summary>
    public static bool IsLeaving(this JsonObject map) => map.At("metadata", "deletionTimestamp") is not null;

    public static string? Label(this JsonObject map, string key) => map.At("metadata", "labels", key).Text();

    /// <summary>Sets a field, or takes it away with null.</summary>
    public static void Put(this JsonObject map, string key, JsonNode? value)
    {
        if (value is null)
        {
            map.Remove(key);
        }
        else
        {
            map[key] = value.Parent is null ? value : value.DeepClone();
        }
    }
}
