using System.Globalization;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Patches;

/// <summary>application/json-patch+json (RFC 6902): all operations or none.</summary>
public sealed class JsonPatchDocument
{
    private readonly IReadOnlyList<JsonObject> _operations;

    private JsonPatchDocument(IReadOnlyList<JsonObject> operations) => _operations = operations;

    public static JsonPatchDocument Parse(JsonNode? body) => body is JsonArray list && list.All(o => o is JsonObject)
        ? new JsonPatchDocument([.. list.Items()])
        : throw RefusalException.BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");

    public JsonNode? Apply(JsonNode? target)
    {
        var root = target?.DeepClone();
        foreach (var operation in _operations)
        {
            var path = Pointer(operation["path"].Text());
            root = operation["op"].Text() switch
            {
                "add" => Add(root, path, operation["value"]?.DeepClone()),
                "replace" => Replace(root, path, operation["value"]?.DeepClone()),
                "remove" => Take(root, path).Root,
                "move" => Move(root, Pointer(operation["from"].Text()), path),
                "copy" => Add(root, path, Find(root, Pointer(operation["from"].Text()))?.DeepClone()),
                "test" when Find(root, path).Same(operation["value"]) => root,
                "test" => throw Failed($"testing value {operation["path"]} failed"),
                var other => throw RefusalException.BadRequest($"error decoding patch: unexpected kind {other}"),
            };
        }
        return root;
    }

    private static JsonNode? Move(JsonNode? root, string[] from, string[] path)
    {
        var (left, taken) = Take(root, from);
        return Add(left, path, taken);
    }

    private static JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }
        switch (Find(root, path[..^1]))
        {
            case JsonObject map:
                map[path[^1]] = value;
                return root;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(list, path[^1], list.Count), value);
                return root;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Replace(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }
        switch (Find(root, path[..^1]))
        {
            case JsonObject map when map.ContainsKey(path[^1]):
                map[path[^1]] = value;
                return root;
            case JsonArray list:
                list[Index(list, path[^1], list.Count - 1)] = value;
                return root;
            default:
                throw Missing(path);
        }
    }

    private static (JsonNode? Root, JsonNode? Taken) Take(JsonNode? root, string[] path)
    {
        var taken = Find(root, path);
        switch (Find(root, path[..^1]))
        {
            case JsonObject map:
                map.Remove(path[^1]);
                break;
            case JsonArray list:
                list.RemoveAt(Index(list, path[^1], list.Count - 1));
                break;
            default:
                throw Missing(path);
        }
        return (root, taken);
    }

    private static JsonNode? Find(JsonNode? node, string[] path)
    {
        foreach (var step in path)
        {
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(step, out var next) => next,
                JsonArray list => list[Index(list, step, list.Count - 1)],
                _ => throw Missing(path),
            };
        }
        return node;
    }

    private static int Index(JsonArray list, string step, int most) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= most && most <= list.Count ? index : throw Missing([step]);

    private static string[] Pointer(string? text) => text is null or ""
        ? []
        : [.. text[1..].Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    private static RefusalException Missing(string[] path) => Failed($"doc is missing path: \"/{string.Join('/', path)}\": missing value");

    private static RefusalException Failed(string message) => RefusalException.Unprocessable($"the server rejected our request due to an error in our request: {message}");
}
