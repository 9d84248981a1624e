using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cel;

/// <summary>
/// Values of expressions: null, bool, long, double, string, <see cref="CelQuantity"/>, lists and maps by text. Numbers
/// compare across their types, as Kubernetes has it since 1.28.
/// </summary>
internal static class CelValue
{
    public static object? From(JsonNode? node) => node switch
    {
        null => null,
        JsonObject map => map.ToDictionary(entry => entry.Key, entry => From(entry.Value), StringComparer.Ordinal),
        JsonArray list => list.Select(From).ToList(),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ when long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture),
        },
    };

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (long or double, long or double) => Convert.ToDouble(a, CultureInfo.InvariantCulture).Equals(Convert.ToDouble(b, CultureInfo.InvariantCulture)),
        (List<object?> one, List<object?> other) => one.Count == other.Count && one.Zip(other).All(pair => AreEqual(pair.First, pair.Second)),
        (Dictionary<string, object?> one, Dictionary<string, object?> other) =>
            one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && AreEqual(entry.Value, value)),
        _ => Equals(a, b),
    };

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (long x, long y) => x.CompareTo(y),
        (long or double, long or double) => Convert.ToDouble(a, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(b, CultureInfo.InvariantCulture)),
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x.CompareTo(y),
        _ => throw new CelException($"{TypeName(a)} and {TypeName(b)} cannot be compared"),
    };

    public static string TypeName(object? value) => value switch
    {
        null => "null",
        bool => "bool",
        long => "int",
        double => "double",
        string => "string",
        CelQuantity => "quantity",
        List<object?> => "list",
        _ => "map",
    };
}
