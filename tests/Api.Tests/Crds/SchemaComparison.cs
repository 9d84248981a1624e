using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.Api.Binding;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>Tells where a schema and a type of api/Resources say different things.</summary>
internal sealed class SchemaComparison(bool withDefaults)
{
    private readonly List<string> differences = [];

    public static IReadOnlyList<string> Of(Type type, StructuralSchema schema, bool withDefaults)
    {
        var comparison = new SchemaComparison(withDefaults);
        comparison.CompareObject(type, schema, type.Name);
        return comparison.differences;
    }

    private void CompareObject(Type type, StructuralSchema schema, string path)
    {
        var fields = ObjectShape.Of(type).Fields;
        Same(path, "type", "object", schema.Type);
        Same(path, "fields", Names(fields.Select(field => field.Name)), Names(schema.Properties.Select(property => property.Key)));
        Same(path, "required", Names(fields.Where(field => field.IsRequired).Select(field => field.Name)), Names(schema.Required));
        foreach (var field in fields)
        {
            if (schema.Property(field.Name) is { } property)
            {
                var at = $"{path}.{field.Name}";
                Compare(field.Type, field.Rules, property, at);
                Same(at, "default", Default(type, field)?.ToJsonString() ?? "none", property.Default?.ToJsonString() ?? "none");
            }
        }
    }

    private void Compare(Type type, FieldRules rules, StructuralSchema schema, string path)
    {
        if (type == typeof(JsonElement))
        {
            Same(path, "type", "object, as it stands", $"{schema.Type}{(schema.PreservesUnknownFields ? ", as it stands" : "")}");
        }
        else if (type == typeof(ImmutableSortedDictionary<string, string>))
        {
            Same(path, "type", "object of string", $"{schema.Type} of {schema.AdditionalProperties?.Type}");
            Same(path, "maxProperties", rules.Items?.Max, schema.MaxProperties);
            Same(path, "maxLength of values", rules.Text.MaxLength, schema.AdditionalProperties?.MaxLength);
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            CompareList(type.GenericTypeArguments[0], rules, schema, path);
        }
        else if (type == typeof(string) || type == typeof(DateTimeOffset))
        {
            CompareText(rules, schema, path, isTime: type == typeof(DateTimeOffset));
        }
        else if (type == typeof(int) || type == typeof(long))
        {
            Same(path, "type", $"integer {(type == typeof(int) ? "int32" : "int64")}", $"{schema.Type} {schema.Format}");
            Same(path, "minimum", rules.Bounds?.Min, schema.Minimum);
            Same(path, "maximum", rules.Bounds?.Max, schema.Maximum);
        }
        else if (type == typeof(bool))
        {
            Same(path, "type", "boolean", schema.Type);
        }
        else if (type.IsEnum)
        {
            Same(path, "type", "string", schema.Type);
            Same(path, "enum", Names(Enum.GetNames(type)), Names(schema.Enum));
        }
        else
        {
            CompareObject(type, schema, path);
        }
    }

    private void CompareText(FieldRules rules, StructuralSchema schema, string path, bool isTime)
    {
        Same(path, "type", "string", schema.Type);
        Same(path, "maxLength", rules.Text.MaxLength, schema.MaxLength);
        Same(path, "format", isTime ? "date-time" : rules.Text.Format == TextFormat.Cidr ? "cidr" : "", schema.Format);
        if (rules.Text.Format != TextFormat.Any)
        {
            Same(path, "minLength", rules.MayBeEmpty ? null : 1, schema.MinLength);
            Same(path, "has a pattern", expected: true, schema.Pattern is not null);
        }
        else if (withDefaults)
        {
            Same(path, "pattern", null, schema.Pattern);
        }
    }

    private void CompareList(Type item, FieldRules rules, StructuralSchema schema, string path)
    {
        // A set has no order that would outlive a merge; where the order counts, a rule keeps the items apart.
        var ordered = rules.IsSet && schema.Rules.Any(rule => rule.Program.Text == "self.all(f, self.exists_one(g, g == f))");
        Same(path, "type", "array", schema.Type);
        Same(path, "minItems", rules.Items?.Min ?? 0, schema.MinItems ?? 0);
        Same(path, "maxItems", rules.Items?.Max, schema.MaxItems);
        Same(path, "list type", rules.ListMapKey is not null ? "map" : rules.IsSet && !ordered ? "set" : "atomic", schema.ListType);
        Same(path, "keys", rules.ListMapKey ?? "", Names(schema.ListMapKeys));
        if (schema.Items is { } items)
        {
            Compare(item, rules.ForItem, items, $"{path}[]");
        }
    }

    private JsonNode? Default(Type owner, ObjectField field) =>
        !withDefaults || field.IsRequired || field.Property.IsDefined(typeof(DerivedDefaultAttribute), false)
            ? null
            : field.Property.GetValue(Activator.CreateInstance(owner)) switch
            {
                // Nothing and an empty value mean the same: what is not written stays out of the object.
                null or "" or JsonElement or IDictionary => null,
                bool truth => JsonValue.Create(truth),
                int or long => JsonNode.Parse(Convert.ToString(field.Property.GetValue(Activator.CreateInstance(owner)), CultureInfo.InvariantCulture)!),
                Enum name => JsonValue.Create(name.ToString()),
                IEnumerable<int> numbers => new JsonArray([.. numbers.Select(number => JsonValue.Create(number))]),
                IEnumerable => null,
                var nested => HasDefaults(nested.GetType()) ? new JsonObject() : null,
            };

    private bool HasDefaults(Type type) => ObjectShape.Of(type).Fields.Any(field => Default(type, field) is not null);

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);

    private void Same(string path, string what, object? expected, object? found)
    {
        var (one, other) = ($"{expected ?? "none"}", $"{found ?? "none"}");
        if (one != other)
        {
            differences.Add($"{path}: {what} is {one} in api/Resources, {other} in the CRD");
        }
    }
}
