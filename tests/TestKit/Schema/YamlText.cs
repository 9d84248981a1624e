using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace RelayOperator.TestKit.Schema;

/// <summary>YAML as JSON, the way kubectl and helm take it: plain words are null, true, false or a number where they look like one.</summary>
public static class YamlText
{
    /// <summary>The documents of a text, without empty ones.</summary>
    public static IEnumerable<JsonNode> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => Json(document.RootNode)).OfType<JsonNode>();
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value ?? "", Json(entry.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Json)]),
        YamlScalarNode scalar => Scalar(scalar.Value ?? "", scalar.Style == ScalarStyle.Plain),
        _ => throw new FormatException($"{node.NodeType} is not read here"),
    };

    private static JsonNode? Scalar(string value, bool plain) =>
        !plain ? JsonValue.Create(value)
        : value is "" or "~" or "null" ? null
        : value is "true" or "false" ? JsonValue.Create(value == "true")
        : long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
        : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && char.IsAsciiDigit(value[^1]) ? JsonValue.Create(number)
        : JsonValue.Create(value);
}
