using System.Collections;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api.Tests;

/// <summary>The reference of a resource as its types state it: one section an object, one row a field.</summary>
internal static class ReferenceTable
{
    private static readonly Dictionary<string, string> Summaries = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, "RelayOperator.Api.xml"))
        .Descendants("member")
        .ToDictionary(
            member => member.Attribute("name")!.Value,
            member => string.Join(' ', (member.Element("summary")?.Value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    public static string Of(Type resource)
    {
        var text = new StringBuilder();
        Section(text, resource, "");
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Section(StringBuilder text, Type type, string path)
    {
        var shape = ObjectShape.Of(type);
        text.Append($"## {(path.Length == 0 ? type.Name : path)}\n\n{Summaries[$"T:{type.FullName}"]}\n\n");
        text.Append("| Field | Type | Default | Bounds | Meaning |\n|---|---|---|---|---|\n");
        foreach (var field in shape.Fields)
        {
            text.Append($"| `{field.Name}` | {TypeName(field)} | {Default(type, field)} | {Bounds(field)} | {Summary(field)} |\n");
        }

        text.Append('\n');
        foreach (var field in shape.Fields)
        {
            if (Nested(field) is { } nested)
            {
                Section(text, nested, (path.Length == 0 ? "" : $"{path}.") + field.Name + (IsList(field) ? "[]" : ""));
            }
        }
    }

    private static string Summary(ObjectField field)
    {
        var text = Summaries[$"P:{field.Property.DeclaringType!.FullName}.{field.Property.Name}"];
        return text.Length == 0 ? throw new InvalidOperationException($"{field.Name} has no summary") : text.Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static Type Element(ObjectField field) => IsList(field) ? field.Type.GenericTypeArguments[0] : field.Type;

    private static bool IsList(ObjectField field) =>
        field.Type.IsGenericType && field.Type.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    private static bool IsMap(ObjectField field) => field.Type == typeof(ImmutableSortedDictionary<string, string>);

    private static Type? Nested(ObjectField field) =>
        IsMap(field) || ScalarBinder.Reads(Element(field)) || Element(field) == typeof(JsonElement) ? null : Element(field);

    private static string TypeName(ObjectField field)
    {
        var element = Element(field);
        var name = IsMap(field) ? "map of texts"
            : element == typeof(string) ? "text"
            : element == typeof(bool) ? "boolean"
            : element.IsEnum ? string.Join(" \\| ", Enum.GetNames(element))
            : ScalarBinder.Reads(element) ? "integer"
            : "object";
        return IsList(field) ? $"list of {(name is "text" or "object" or "integer" ? $"{name}s" : name)}" : name;
    }

    private static string Default(Type owner, ObjectField field)
    {
        if (field.IsRequired)
        {
            return "required";
        }

        if (field.Property.GetCustomAttributes(typeof(DerivedDefaultAttribute), false) is [DerivedDefaultAttribute derived])
        {
            return derived.Text;
        }

        return field.Property.GetValue(Activator.CreateInstance(owner)) switch
        {
            null => "absent",
            "" => "empty",
            string text => $"`{text}`",
            bool value => value ? "`true`" : "`false`",
            IDictionary => "`{}`",
            IEnumerable list => $"`[{string.Join(", ", list.Cast<object>())}]`",
            { } other when ScalarBinder.Reads(other.GetType()) => $"`{other}`",
            _ => "`{}`",
        };
    }

    private static string Bounds(ObjectField field)
    {
        var parts = new List<string>();
        var rules = field.Rules;
        if (rules.Items is { } items)
        {
            parts.Add(IsMap(field) ? $"at most {items.Max}" : $"{items.Min} to {items.Max} items");
        }

        if (rules.Bounds is { } bounds)
        {
            parts.Add($"{(IsList(field) ? "each " : "")}{bounds.Min} to {bounds.Max}");
        }

        if (Element(field) == typeof(string) || IsMap(field))
        {
            var format = TextFormats.Describe(rules.Text.Format);
            parts.Add($"{(IsList(field) || IsMap(field) ? "each " : "")}{(format.Length > 0 ? $"{format}, " : "")}≤ {rules.Text.MaxLength} characters");
        }

        parts.AddRange(rules.ListMapKey is { } key ? [$"unique by {key}"] : rules.IsSet ? ["no duplicates"] : []);
        return string.Join("; ", parts);
    }
}
