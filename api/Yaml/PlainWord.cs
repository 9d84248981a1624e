using System.Text.RegularExpressions;

namespace RelayOperator.Api.Yaml;

/// <summary>
/// What readers of YAML take a word without quotes for. YAML 1.1 (which kubectl reads) and 1.2 differ, so that a word
/// which either of them takes for something else than text has to be quoted where text is meant.
/// </summary>
internal static partial class PlainWord
{
    public static bool IsText(string word) =>
        word is not ("" or "~") && !IsWordOfOtherType(word) && !Number().IsMatch(word);

    /// <summary>A decimal whole number that all readers take for the same one.</summary>
    public static bool IsInteger(string word) => Integer().IsMatch(word);

    /// <summary>A number with a fraction that all readers take for the same one.</summary>
    public static bool IsDecimal(string word) => Decimal().IsMatch(word);

    private static bool IsWordOfOtherType(string word) => word.ToLowerInvariant()
        is "null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n";

    [GeneratedRegex(@"\A(0|-?[1-9][0-9]*)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)\.[0-9]+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Decimal();

    // Decimal, octal, hexadecimal and binary whole numbers, floats, infinities and NaN of both versions.
    [GeneratedRegex(
        @"\A[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF|nan|NaN|NAN))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();
}
