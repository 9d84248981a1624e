using System.Globalization;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api.Binding;

/// <summary>Reads texts, whole numbers, truth values and enums, within their bounds.</summary>
internal sealed class ScalarBinder(FaultSheet sheet)
{
    public static bool Reads(Type type) =>
        type == typeof(string) || type == typeof(int) || type == typeof(long) || type == typeof(bool) || type.IsEnum;

    /// <summary>What a field of the type takes, for a fault.</summary>
    public static string Expected(Type type, FieldRules rules) =>
        type.IsEnum ? Choices(type)
        : type == typeof(bool) ? "true or false"
        : type != typeof(string) ? $"a whole number from {Lowest(type, rules)} to {Highest(type, rules)}"
        : TextFormats.Describe(rules.Text.Format) is { Length: > 0 } format
            ? $"{format.Replace("`", "", StringComparison.Ordinal)} of at most {rules.Text.MaxLength} characters"
            : $"text of at most {rules.Text.MaxLength} characters";

    /// <summary>The value; null, with a fault told, where the node holds none of the type.</summary>
    public object? Bind(Type type, YamlNode node, string path, FieldRules rules)
    {
        if (node is not YamlScalar scalar || scalar.IsNull)
        {
            sheet.Add(node.Line, path, rules.IsSensitive ? "no text" : node.Describe(), Expected(type, rules));
            return null;
        }

        return type == typeof(string) ? BindText(scalar, path, rules)
            : type == typeof(bool) ? BindBool(scalar, path, rules)
            : type.IsEnum ? BindEnum(type, scalar, path)
            : BindNumber(type, scalar, path, rules);
    }

    private string? BindText(YamlScalar scalar, string path, FieldRules rules)
    {
        var found = rules.IsSensitive ? "a value" : scalar.Describe();
        if (scalar.Plain && !PlainWord.IsText(scalar.Value))
        {
            var quoted = rules.IsSensitive ? "" : $": {FoundText.Quote(scalar.Value)}";
            return Refuse(scalar, path, $"{found}, which YAML does not take for text", $"text, so put it between quotes{quoted}");
        }

        if (scalar.Value.Length > rules.Text.MaxLength)
        {
            return Refuse(scalar, path, $"text of {scalar.Value.Length} characters", $"at most {rules.Text.MaxLength} characters");
        }

        if (scalar.Value.Length == 0 && rules.MayBeEmpty)
        {
            return "";
        }

        if (TextFormats.Allowed(rules.Text.Format, scalar.Value) is { } allowed)
        {
            return Refuse(scalar, path, found, allowed);
        }

        return scalar.Value;
    }

    private bool? BindBool(YamlScalar scalar, string path, FieldRules rules)
    {
        if (scalar is { Plain: true, Value: "true" or "false" })
        {
            return scalar.Value == "true";
        }

        _ = Refuse(scalar, path, scalar.Describe(), $"{Expected(typeof(bool), rules)}{(scalar.Plain ? "" : ", without quotes")}");
        return null;
    }

    private object? BindNumber(Type type, YamlScalar scalar, string path, FieldRules rules)
    {
        var expected = Expected(type, rules);
        if (!PlainWord.IsInteger(scalar.Value) || !scalar.Plain)
        {
            var quoted = PlainWord.IsInteger(scalar.Value) ? ", without quotes" : "";
            return Refuse(scalar, path, scalar.Describe(), expected + quoted);
        }

        if (!long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number < Lowest(type, rules) || number > Highest(type, rules))
        {
            return Refuse(scalar, path, scalar.Describe(), expected);
        }

        return type == typeof(int) ? (object)(int)number : number;
    }

    private object? BindEnum(Type type, YamlScalar scalar, string path)
    {
        if (Enum.GetNames(type).Contains(scalar.Value, StringComparer.Ordinal))
        {
            return Enum.Parse(type, scalar.Value);
        }

        var hint = NearestName.Of(scalar.Value, Enum.GetNames(type)) is { } nearest ? $"; did you mean {nearest}?" : "";
        return Refuse(scalar, path, scalar.Describe(), Choices(type) + hint);
    }

    private string? Refuse(YamlScalar scalar, string path, string found, string allowed)
    {
        sheet.Add(scalar.Line, path, found, allowed);
        return null;
    }

    private static string Choices(Type type)
    {
        var names = Enum.GetNames(type);
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }

    private static long Lowest(Type type, FieldRules rules) => rules.Bounds?.Min ?? (type == typeof(int) ? int.MinValue : long.MinValue);

    private static long Highest(Type type, FieldRules rules) => rules.Bounds?.Max ?? (type == typeof(int) ? int.MaxValue : long.MaxValue);
}
