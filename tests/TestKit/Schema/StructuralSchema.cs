using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Schema;

/// <summary>
/// A structural schema, as CustomResourceDefinitions have it. Read strictly: a keyword that is not known here is an error,
/// so that no part of a schema goes unheeded.
/// </summary>
public sealed record StructuralSchema
{
    private static readonly string[] Keywords =
    [
        "type", "format", "description", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern", "anyOf", "minItems", "maxItems",
        "maxProperties", "required", "properties", "items", "additionalProperties", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    ];

    /// <summary>object, array, string, integer, number or boolean; empty inside of anyOf.</summary>
    public string Type { get; init; } = "";

    public string Format { get; init; } = "";

    public string Description { get; init; } = "";

    public ImmutableArray<string> Enum { get; init; } = [];

    public JsonNode? Default { get; init; }

    public decimal? Minimum { get; init; }

    public decimal? Maximum { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public string? Pattern { get; init; }

    public ImmutableArray<StructuralSchema> AnyOf { get; init; } = [];

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    public int? MaxProperties { get; init; }

    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>Fields of an object, in the schema's order.</summary>
    public ImmutableArray<KeyValuePair<string, StructuralSchema>> Properties { get; init; } = [];

    public StructuralSchema? Items { get; init; }

    /// <summary>Values of a map.</summary>
    public StructuralSchema? AdditionalProperties { get; init; }

    /// <summary>atomic, set or map.</summary>
    public string ListType { get; init; } = "atomic";

    public ImmutableArray<string> ListMapKeys { get; init; } = [];

    /// <summary>granular or atomic.</summary>
    public string MapType { get; init; } = "granular";

    public bool PreservesUnknownFields { get; init; }

    public ImmutableArray<SchemaRule> Rules { get; init; } = [];

    public StructuralSchema? Property(string name) => Properties.FirstOrDefault(property => property.Key == name).Value;

    /// <summary>Reads a schema; an <see cref="FormatException"/> where it says what is not known here.</summary>
    public static StructuralSchema Parse(JsonNode? node)
    {
        var schema = node as JsonObject ?? throw new FormatException($"A schema is an object, not {node?.ToJsonString()}");
        var stranger = schema.Select(entry => entry.Key).FirstOrDefault(key => !Keywords.Contains(key, StringComparer.Ordinal));
        return stranger is not null ? throw new FormatException($"The keyword {stranger} is not known here") : new()
        {
            Type = Text(schema, "type"),
            Format = Text(schema, "format"),
            Description = Text(schema, "description"),
            Enum = Texts(schema, "enum"),
            Default = schema["default"],
            Minimum = Number(schema, "minimum"),
            Maximum = Number(schema, "maximum"),
            MinLength = Count(schema, "minLength"),
            MaxLength = Count(schema, "maxLength"),
            Pattern = schema["pattern"]?.GetValue<string>(),
            AnyOf = [.. (schema["anyOf"] as JsonArray ?? []).Select(Parse)],
            MinItems = Count(schema, "minItems"),
            MaxItems = Count(schema, "maxItems"),
            MaxProperties = Count(schema, "maxProperties"),
            Required = Texts(schema, "required"),
            Properties = [.. (schema["properties"] as JsonObject ?? []).Select(entry => KeyValuePair.Create(entry.Key, Parse(entry.Value)))],
            Items = schema["items"] is { } items ? Parse(items) : null,
            AdditionalProperties = schema["additionalProperties"] is { } values ? Parse(values) : null,
            ListType = schema["x-kubernetes-list-type"]?.GetValue<string>() ?? "atomic",
            ListMapKeys = Texts(schema, "x-kubernetes-list-map-keys"),
            MapType = schema["x-kubernetes-map-type"]?.GetValue<string>() ?? "granular",
            PreservesUnknownFields = schema["x-kubernetes-preserve-unknown-fields"]?.GetValue<bool>() ?? false,
            Rules = [.. (schema["x-kubernetes-validations"] as JsonArray ?? []).Select(rule => SchemaRule.Parse(rule!.AsObject()))],
        };
    }

    private static string Text(JsonObject schema, string keyword) => schema[keyword]?.GetValue<string>() ?? "";

    private static ImmutableArray<string> Texts(JsonObject schema, string keyword) =>
        [.. (schema[keyword] as JsonArray ?? []).Select(item => item!.GetValue<string>())];

    private static int? Count(JsonObject schema, string keyword) => (int?)Number(schema, keyword);

    private static decimal? Number(JsonObject schema, string keyword) =>
        schema[keyword] is { } number ? decimal.Parse(number.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}
