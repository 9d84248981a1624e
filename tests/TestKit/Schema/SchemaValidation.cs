using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cel;

namespace RelayOperator.TestKit.Schema;

/// <summary>Holds a value against its schema: types, required fields, enums, bounds, patterns, formats and the identity of list items.</summary>
public static class SchemaValidation
{
    public static ImmutableArray<SchemaFault> Validate(StructuralSchema schema, JsonObject value) => [.. Validate(schema, value, "")];

    private static IEnumerable<SchemaFault> Validate(StructuralSchema schema, JsonNode value, string path)
    {
        if (!IsOfType(schema.Type, value))
        {
            return [new(path, "FieldValueTypeInvalid", $"must be of type {schema.Type}")];
        }

        var own = value switch
        {
            JsonObject map => OfObject(schema, map, path),
            JsonArray list => OfList(schema, list, path),
            _ => OfScalar(schema, value, path),
        };
        return own.Concat(SchemaWalk.Within(schema, value, null, path).SelectMany(inner => Validate(inner.Schema, inner.Value, inner.Path)));
    }

    private static IEnumerable<SchemaFault> OfObject(StructuralSchema schema, JsonObject map, string path)
    {
        foreach (var name in schema.Required.Where(name => map[name] is null))
        {
            yield return new(SchemaWalk.Field(schema, path, name), "FieldValueRequired", "Required value");
        }

        if (map.Count > schema.MaxProperties)
        {
            yield return new(path, "FieldValueTooMany", $"must have at most {schema.MaxProperties} items");
        }
    }

    private static IEnumerable<SchemaFault> OfList(StructuralSchema schema, JsonArray list, string path)
    {
        if (list.Count > schema.MaxItems)
        {
            yield return new(path, "FieldValueTooMany", $"must have at most {schema.MaxItems} items");
        }

        if (list.Count < schema.MinItems)
        {
            yield return new(path, "FieldValueInvalid", $"should have at least {schema.MinItems} items");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count && schema.ListType is "set" or "map"; i++)
        {
            var identity = schema.ListType == "set"
                ? list[i]?.ToJsonString() ?? "null"
                : string.Join(',', schema.ListMapKeys.Select(key => (list[i] as JsonObject)?[key]?.ToJsonString() ?? "null"));
            if (!seen.Add(identity))
            {
                yield return new($"{path}[{i}]", "FieldValueDuplicate", $"Duplicate value: {identity}");
            }
        }
    }

    private static IEnumerable<SchemaFault> OfScalar(StructuralSchema schema, JsonNode value, string path)
    {
        if (value.GetValueKind() == JsonValueKind.Number && decimal.Parse(value.ToJsonString(), System.Globalization.NumberStyles.Float) is var number
            && (number < schema.Minimum || number > schema.Maximum))
        {
            yield return new(path, "FieldValueInvalid", $"should be from {schema.Minimum} to {schema.Maximum}");
        }

        if (value.GetValueKind() != JsonValueKind.String)
        {
            yield break;
        }

        var text = value.GetValue<string>();
        var length = text.EnumerateRunes().Count();
        if (schema.Enum.Length > 0 && !schema.Enum.Contains(text, StringComparer.Ordinal))
        {
            yield return new(path, "FieldValueNotSupported", $"Unsupported value: \"{text}\": supported values: {string.Join(", ", schema.Enum)}");
        }

        if (length > schema.MaxLength)
        {
            yield return new(path, "FieldValueTooLong", $"may not be longer than {schema.MaxLength}");
        }

        if (length < schema.MinLength)
        {
            yield return new(path, "FieldValueInvalid", $"should be at least {schema.MinLength} chars long");
        }

        if (schema.Pattern is { } pattern && !LinearPattern.IsMatch(pattern, text))
        {
            yield return new(path, "FieldValueInvalid", $"\"{text}\" should match '{pattern}'");
        }

        if (!SchemaFormats.IsOf(schema.Format, text))
        {
            yield return new(path, "FieldValueInvalid", $"\"{text}\" must be of type {schema.Format}");
        }

        if (schema.AnyOf.Length > 0
            && !schema.AnyOf.Any(any => SchemaFormats.IsOf(any.Format, text) && (any.Pattern is null || LinearPattern.IsMatch(any.Pattern, text))))
        {
            yield return new(path, "FieldValueInvalid", $"\"{text}\" must validate at least one schema (anyOf)");
        }
    }

    private static bool IsOfType(string type, JsonNode value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value.GetValueKind() == JsonValueKind.String,
        "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), out _),
        "number" => value.GetValueKind() == JsonValueKind.Number,
        _ => true,
    };
}
