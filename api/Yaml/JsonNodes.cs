using System.Text.Json;

namespace RelayOperator.Api.Yaml;

/// <summary>JSON as the YAML that it is, so that one set of rules reads both. It has no lines: every node is on the first.</summary>
internal static class JsonNodes
{
    // As deep as a document in YAML may be; what is below counts as nothing.
    private const int MaxDepth = 50;

    public static YamlNode Of(JsonElement json, int depth = 0) => json.ValueKind switch
    {
        JsonValueKind.Object when depth < MaxDepth => Mapping(json.EnumerateObject().Select(field => (field.Name, Of(field.Value, depth + 1)))),
        JsonValueKind.Array when depth < MaxDepth => new YamlSequence(1, [.. json.EnumerateArray().Select(item => Of(item, depth + 1))]),
        JsonValueKind.String => new YamlScalar(1, json.GetString()!, Plain: false),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => new YamlScalar(1, json.GetRawText(), Plain: true),
        _ => new YamlScalar(1, "", Plain: true),
    };

    public static YamlMapping Mapping(IEnumerable<(string Key, YamlNode Value)> entries) =>
        new(1, [.. entries.Select(entry => new YamlEntry(entry.Key, 1, entry.Value))]);
}
