using RelayOperator.Api.Yaml;

namespace RelayOperator.Api.Binding;

/// <summary>Finds items that a list has twice: by their key where it is a list-map, by their value where it is a set.</summary>
internal static class ListRules
{
    public static void Check(FaultSheet sheet, ReadOnlySpan<YamlNode> items, string path, FieldRules rules)
    {
        if (!rules.IsSet && rules.ListMapKey is null)
        {
            return;
        }

        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Length; i++)
        {
            var itemPath = rules.ListMapKey is { } key ? $"{path}[{i}].{key}" : $"{path}[{i}]";
            var value = rules.ListMapKey is null ? items[i] : (items[i] as YamlMapping)?[rules.ListMapKey];
            if (value is not YamlScalar { IsNull: false } scalar || sheet.IsFaulty(itemPath))
            {
                continue;
            }

            if (!first.TryAdd(Canonical(scalar.Value, rules), i))
            {
                sheet.Add(
                    scalar.Line, itemPath, $"{scalar.Describe()} a second time",
                    $"each once; {path}[{first[Canonical(scalar.Value, rules)]}] has it already");
            }
        }
    }

    private static string Canonical(string value, FieldRules rules) => rules.Text.Format switch
    {
        _ when !rules.IsSet => value,
        TextFormat.Cidr when CidrBlock.TryParse(value, out var network) => network.ToString(),
        TextFormat.Address when IpText.TryParse(value, out var address) => address.ToString(),
        TextFormat.DomainPattern => DomainPattern.Normalize(value),
        _ => value,
    };
}
