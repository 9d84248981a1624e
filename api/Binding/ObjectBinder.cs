using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api.Binding;

/// <summary>
/// Makes a record of a YAML mapping by the shape of its type. Goes on after a fault, so that all are told; what could not
/// be read keeps its default, and its path is marked as faulty.
/// </summary>
internal sealed class ObjectBinder(FaultSheet sheet)
{
    private static readonly MethodInfo CreateRange = typeof(ImmutableArray).GetMethods().Single(method =>
        method.Name == nameof(ImmutableArray.CreateRange) && method.GetGenericArguments().Length == 1
        && method.GetParameters() is [{ ParameterType.IsInterface: true }]);

    private readonly ScalarBinder scalars = new(sheet);
    private readonly RawBinder raw = new(sheet);

    /// <summary>The record; its defaults where the node is no mapping.</summary>
    public object BindObject(Type type, YamlNode node, string path)
    {
        var value = Activator.CreateInstance(type)!;
        if (node is not YamlMapping mapping)
        {
            sheet.Add(node.Line, path, node.Describe(), $"a mapping with {Known(ObjectShape.Of(type))}");
            return value;
        }

        var shape = ObjectShape.Of(type);
        var suggested = ReportStrangers(shape, mapping, path);
        foreach (var field in shape.Fields)
        {
            var fieldPath = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            // A field that was misspelt is read all the same: it is not missing, and may have further faults inside.
            var entry = mapping.Entries.FirstOrDefault(entry => entry.Key == field.Name) ?? suggested.GetValueOrDefault(field.Name);
            if (entry is null or { Value: YamlScalar { IsNull: true } })
            {
                if (field.IsRequired && !sheet.IsFaulty(fieldPath))
                {
                    sheet.Add(entry?.Line ?? mapping.Line, fieldPath, "nothing", Expected(field));
                }

                continue;
            }

            sheet.Seen(fieldPath, entry.Line);
            if (Bind(field.Type, entry.Value, fieldPath, field.Rules) is { } bound)
            {
                field.Property.SetValue(value, bound);
            }
        }

        return value;
    }

    /// <summary>The value; null where it could not be read.</summary>
    private object? Bind(Type type, YamlNode node, string path, FieldRules rules)
    {
        if (type == typeof(JsonElement))
        {
            return raw.Bind(node, path);
        }

        if (type == typeof(ImmutableSortedDictionary<string, string>))
        {
            return BindMap(node, path, rules);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            return BindList(type, node, path, rules);
        }

        return ScalarBinder.Reads(type) ? scalars.Bind(type, node, path, rules) : BindObject(type, node, path);
    }

    private object? BindList(Type listType, YamlNode node, string path, FieldRules rules)
    {
        if (node is not YamlSequence sequence)
        {
            sheet.Add(node.Line, path, rules.IsSensitive ? "no list" : node.Describe(), "a list");
            return null;
        }

        var (min, max) = (rules.Items?.Min ?? 0, rules.Items?.Max ?? int.MaxValue);
        if (sequence.Items.Length < min || sequence.Items.Length > max)
        {
            sheet.Add(sequence.Line, path, sequence.Describe(), $"a list of {min} to {max}");
        }

        var itemType = listType.GenericTypeArguments[0];
        var count = Math.Min(sequence.Items.Length, max);
        var items = Array.CreateInstance(itemType, count);
        for (var i = 0; i < count; i++)
        {
            var itemPath = $"{path}[{i}]";
            sheet.Seen(itemPath, sequence.Items[i].Line);
            items.SetValue(Bind(itemType, sequence.Items[i], itemPath, rules.ForItem) ?? Blank(itemType), i);
        }

        ListRules.Check(sheet, sequence.Items.AsSpan(0, count), path, rules);
        return ToImmutable(itemType, items);
    }

    private ImmutableSortedDictionary<string, string>? BindMap(YamlNode node, string path, FieldRules rules)
    {
        if (node is not YamlMapping mapping)
        {
            sheet.Add(node.Line, path, rules.IsSensitive ? "no mapping" : node.Describe(), "a mapping of names to texts");
            return null;
        }

        if (mapping.Entries.Length > rules.Items?.Max)
        {
            sheet.Add(mapping.Line, path, mapping.Describe(), $"a mapping of at most {rules.Items.Max}");
            return null;
        }

        var map = Maps.Empty.ToBuilder();
        foreach (var entry in mapping.Entries)
        {
            var entryPath = $"{path}.{FoundText.Plain(entry.Key)}";
            sheet.Seen(entryPath, entry.Line);
            if (entry.Key.Length is 0 or > 317)
            {
                sheet.Add(entry.Line, path, $"the key {FoundText.Quote(entry.Key)}", "keys of 1 to 317 characters");
            }
            else if (map.ContainsKey(entry.Key))
            {
                sheet.Add(entry.Line, entryPath, "the key a second time", "each key once");
            }
            else
            {
                map[entry.Key] = scalars.Bind(typeof(string), entry.Value, entryPath, rules) as string ?? "";
            }
        }

        return map.ToImmutable();
    }

    /// <summary>Tells of fields that the type does not have; the result is what was probably meant by them.</summary>
    private Dictionary<string, YamlEntry> ReportStrangers(ObjectShape shape, YamlMapping mapping, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var suggested = new Dictionary<string, YamlEntry>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            var entryPath = (path.Length == 0 ? "" : $"{path}.") + FoundText.Plain(entry.Key);
            if (!seen.Add(entry.Key))
            {
                sheet.Add(entry.Line, entryPath, "the field a second time", "each field once");
            }
            else if (entry.Key == "<<")
            {
                sheet.Add(entry.Line, entryPath, "a merge key", "fields written out; merge keys are not read");
            }
            else if (shape.Field(entry.Key) is null && !shape.PassedOver.Contains(entry.Key))
            {
                var nearest = NearestName.Of(entry.Key, shape.Fields.Select(field => field.Name).Where(name => mapping[name] is null));
                _ = nearest is not null && suggested.TryAdd(nearest, entry);
                var hint = nearest is null ? "" : $"did you mean {nearest}? ";
                sheet.Add(entry.Line, entryPath, $"the unknown field {FoundText.Quote(entry.Key)}", $"{hint}known here: {Known(shape)}");
            }
        }

        return suggested;
    }

    private static string Known(ObjectShape shape) => string.Join(", ", shape.Fields.Select(field => field.Name));

    private static string Expected(ObjectField field) =>
        ScalarBinder.Reads(field.Type) ? ScalarBinder.Expected(field.Type, field.Rules)
        : field.Rules.Items is { } items ? $"a list of {items.Min} to {items.Max}"
        : $"a mapping with {Known(ObjectShape.Of(field.Type))}";

    private static object Blank(Type type) => type == typeof(string) ? "" : Activator.CreateInstance(type)!;

    private static object ToImmutable(Type itemType, Array items) =>
        CreateRange.MakeGenericMethod(itemType).Invoke(null, [items])!;
}
