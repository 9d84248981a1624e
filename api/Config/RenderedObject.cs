using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api.Config;

/// <summary>
/// One JSON object of a pool.json. A field that is missing or null has the default of the resource's field that it comes
/// from, and one that is there has to keep that field's bounds and format; what does not becomes a fault and reads as the
/// default. Faults never repeat texts, which may be secret, unless they are names.
/// </summary>
internal sealed class RenderedObject(JsonElement element, string path, ICollection<string> faults)
{
    public void Fault(string field, string found, string allowed) =>
        faults.Add($"{RenderedPool.Key}: {PathOf(field)}: found {found}; allowed: {allowed}");

    /// <summary>The object under a name; null where there is none.</summary>
    public RenderedObject? Find(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Fault(name, Describe(value), "an object");
            return null;
        }

        return new RenderedObject(value, PathOf(name), faults);
    }

    /// <summary>The object under a name, or one in which every field is missing.</summary>
    public RenderedObject Section(string name) => Find(name) ?? new RenderedObject(default, PathOf(name), faults);

    /// <summary>The objects of a list.</summary>
    public ImmutableArray<T> List<T>(string name, Func<RenderedObject, T> read)
    {
        var items = ImmutableArray.CreateBuilder<T>();
        foreach (var (item, at) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                items.Add(read(new RenderedObject(item, PathOf(at), faults)));
            }
            else
            {
                Fault(at, Describe(item), "an object");
            }
        }

        return items.ToImmutable();
    }

    /// <summary>The texts of a list, each in the format of the resource's field.</summary>
    public ImmutableArray<string> Texts<TSpec>(string property, string? name = null)
    {
        var rule = Rule<TextAttribute>(typeof(TSpec), property);
        return [.. Items(name ?? NameOf(property)).Select(item => Judge(item.Item, item.At, rule)).OfType<string>()];
    }

    /// <summary>The names of a list.</summary>
    public ImmutableArray<string> Names(string name) => [.. Items(name).Select(item => Judge(item.Item, item.At, null)).OfType<string>()];

    /// <summary>The fields of a map of texts.</summary>
    public ImmutableSortedDictionary<string, string> Map(string name) => Find(name)?.All() ?? Maps.Empty;

    /// <summary>A text of any form.</summary>
    public string Text(string name) => Value(name) is { } value ? Judge(value, name, null) ?? "" : "";

    /// <summary>A text in the format of the resource's field.</summary>
    public string Text<TSpec>(string property, string fallback = "") =>
        Text(NameOf(property)) is { Length: > 0 } && Value(NameOf(property)) is { } value
            ? Judge(value, NameOf(property), Rule<TextAttribute>(typeof(TSpec), property)) ?? fallback
            : fallback;

    /// <summary>A text without which the object means nothing.</summary>
    public string Needed(string name)
    {
        var text = Text(name);
        if (text.Length == 0 && Value(name) is not { ValueKind: not JsonValueKind.String })
        {
            Fault(name, "nothing", "a text");
        }

        return text;
    }

    public bool Flag(string name, bool fallback)
    {
        if (Value(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fault(name, Describe(value), "true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    public TChoice Choice<TChoice>(string name, TChoice fallback)
        where TChoice : struct, Enum
    {
        if (Value(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.String && Enum.GetNames<TChoice>().Contains(value.GetString(), StringComparer.Ordinal))
        {
            return Enum.Parse<TChoice>(value.GetString()!);
        }

        var found = value.ValueKind == JsonValueKind.String ? FoundText.Quote(value.GetString()!) : Describe(value);
        Fault(name, found, string.Join(", ", Enum.GetNames<TChoice>()));
        return fallback;
    }

    /// <summary>A number with the bounds of the resource's field, and its default.</summary>
    public int Number<TSpec>(string property)
        where TSpec : new() => (int)LongNumber<TSpec>(property);

    /// <summary>The same for one that may be beyond two thousand million.</summary>
    public long LongNumber<TSpec>(string property)
        where TSpec : new()
    {
        var bounds = Rule<BoundsAttribute>(typeof(TSpec), property)!;
        var fallback = Convert.ToInt64(typeof(TSpec).GetProperty(property)!.GetValue(new TSpec()));
        return Number(NameOf(property), fallback, bounds.Min, bounds.Max);
    }

    /// <summary>A list of numbers with the bounds of the resource's field, and its default.</summary>
    public ImmutableArray<int> Numbers<TSpec>(string property)
        where TSpec : new()
    {
        var fallback = (ImmutableArray<int>)typeof(TSpec).GetProperty(property)!.GetValue(new TSpec())!;
        if (Value(NameOf(property)) is null)
        {
            return fallback;
        }

        var (count, bounds) = (Rule<ItemsAttribute>(typeof(TSpec), property)!, Rule<BoundsAttribute>(typeof(TSpec), property)!);
        ImmutableArray<int> numbers = [.. Items(NameOf(property)).Select(item => (int)Judge(item.Item, item.At, fallback[0], bounds.Min, bounds.Max))];
        if (numbers.Length < count.Min || numbers.Length > count.Max)
        {
            Fault(NameOf(property), $"{numbers.Length} items", $"{count.Min} to {count.Max} items");
        }

        return numbers.IsEmpty ? fallback : numbers;
    }

    public long Number(string name, long? fallback, long min, long max) => Judge(Value(name), name, fallback, min, max);

    private static TRule? Rule<TRule>(Type spec, string property)
        where TRule : Attribute => spec.GetProperty(property)!.GetCustomAttribute<TRule>();

    private static string NameOf(string property) => JsonNamingPolicy.CamelCase.ConvertName(property);

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => FoundText.Plain(value.GetRawText()),
        JsonValueKind.String => "a text",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private JsonElement? Value(string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private IEnumerable<(JsonElement Item, string At)> Items(string name)
    {
        if (Value(name) is not { } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            Fault(name, Describe(list), "a list");
            return [];
        }

        return list.EnumerateArray().Select((item, i) => (item, $"{name}[{i}]"));
    }

    private ImmutableSortedDictionary<string, string> All()
    {
        var map = Maps.Empty.ToBuilder();
        foreach (var field in element.EnumerateObject())
        {
            if (Judge(field.Value, field.Name, null) is { } text)
            {
                map[field.Name] = text;
            }
        }

        return map.ToImmutable();
    }

    private long Judge(JsonElement? value, string at, long? fallback, long min, long max)
    {
        if (value is { ValueKind: JsonValueKind.Number } && value.Value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        if (value is not null || fallback is null)
        {
            Fault(at, value is null ? "nothing" : Describe(value.Value), $"a number from {min} to {max}");
        }

        return fallback ?? min;
    }

    private string? Judge(JsonElement value, string at, TextAttribute? rule)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Fault(at, Describe(value), "a text");
            return null;
        }

        var text = value.GetString()!;
        if (rule is not null && (text.Length > rule.MaxLength ? $"at most {rule.MaxLength} characters" : TextFormats.Allowed(rule.Format, text)) is { } allowed)
        {
            Fault(at, FoundText.Quote(text), allowed);
            return null;
        }

        return text;
    }
}
