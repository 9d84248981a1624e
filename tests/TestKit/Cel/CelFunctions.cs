using System.Globalization;

namespace RelayOperator.TestKit.Cel;

/// <summary>
/// The functions and methods that expressions may call: a part of what Kubernetes 1.29 has. What is not here is refused
/// when the expression is compiled, so that nothing can slip in that 1.29 does not know.
/// </summary>
internal static class CelFunctions
{
    private static readonly Dictionary<(string Name, bool IsMethod, int Arguments), Func<object?[], object?>> Known = new()
    {
        [("size", false, 1)] = arguments => Size(arguments[0]),
        [("size", true, 1)] = arguments => Size(arguments[0]),
        [("string", false, 1)] = arguments => Written(arguments[0]),
        [("int", false, 1)] = arguments => Whole(arguments[0]),
        [("startsWith", true, 2)] = arguments => Text(arguments[0]).StartsWith(Text(arguments[1]), StringComparison.Ordinal),
        [("endsWith", true, 2)] = arguments => Text(arguments[0]).EndsWith(Text(arguments[1]), StringComparison.Ordinal),
        [("contains", true, 2)] = arguments => Text(arguments[0]).Contains(Text(arguments[1]), StringComparison.Ordinal),
        [("matches", true, 2)] = arguments => LinearPattern.IsMatch(Text(arguments[1]), Text(arguments[0])),
        [("indexOf", true, 2)] = arguments => (long)Text(arguments[0]).IndexOf(Text(arguments[1]), StringComparison.Ordinal),
        [("lowerAscii", true, 1)] = arguments => string.Concat(Text(arguments[0]).Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c)),
        [("split", true, 2)] = arguments => Text(arguments[0]).Split(Text(arguments[1])).Cast<object?>().ToList(),
        [("quantity", false, 1)] = arguments => CelQuantity.Parse(Text(arguments[0])) ?? throw new CelException($"no quantity: {arguments[0]}"),
        [("isQuantity", false, 1)] = arguments => CelQuantity.Parse(Text(arguments[0])) is not null,
        [("compareTo", true, 2)] = arguments => (long)One(arguments).CompareTo(Other(arguments)),
        [("isGreaterThan", true, 2)] = arguments => One(arguments) > Other(arguments),
        [("isLessThan", true, 2)] = arguments => One(arguments) < Other(arguments),
    };

    public static bool Has(CelCall call) => Known.ContainsKey((call.Name, call.IsMethod, call.Arguments.Length));

    public static object? Call(CelCall call, object?[] arguments) => Known[(call.Name, call.IsMethod, arguments.Length)](arguments);

    private static long Size(object? value) => value switch
    {
        string text => text.EnumerateRunes().LongCount(),
        List<object?> list => list.Count,
        Dictionary<string, object?> map => map.Count,
        _ => throw new CelException($"{CelValue.TypeName(value)} has no size"),
    };

    private static string Written(object? value) => value switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw new CelException($"{CelValue.TypeName(value)} cannot be written as text"),
    };

    private static object Whole(object? value) => value switch
    {
        long => value,
        double number => (long)number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new CelException($"{CelValue.TypeName(value)} is no whole number"),
    };

    private static string Text(object? value) => value as string ?? throw new CelException($"{CelValue.TypeName(value)} where text is needed");

    private static CelQuantity One(object?[] arguments) => arguments[0] as CelQuantity ?? throw new CelException("a quantity is needed");

    private static CelQuantity Other(object?[] arguments) => arguments[1] as CelQuantity ?? throw new CelException("a quantity is needed");
}
