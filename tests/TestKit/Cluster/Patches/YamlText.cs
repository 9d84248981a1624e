using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace RelayOperator.TestKit.Cluster.Patches;

/// <summary>Reads YAML, and the JSON that is YAML too, as JSON: bodies of requests and files of manifests.</summary>
public static class YamlText
{
    /// <summary>Every document that is not empty.</summary>
    public static IReadOnlyList<JsonNode> ParseAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Convert(document.RootNode)).OfType<JsonNode>()];
    }

    /// <summary>The first document; a refusal where the text is no YAML.</summary>
    public static JsonNode? Parse(string text)
    {
        try
        {
            return ParseAll(text) is [var first, ..] ? first : null;
        }
        catch (YamlException error)
        {
            throw RefusalException.BadRequest($"error decoding YAML: {error.Message}");
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value ?? "", Convert(entry.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value ?? ""),
        YamlScalarNode scalar => scalar.Value,
        _ => null,
    };

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ when long.TryParse(text, out var whole) => whole,
        _ when (char.IsDigit(text[0]) || text[0] is '-' or '.') && double.TryParse(text, out var real) => real,
        _ => text,
    };
}
