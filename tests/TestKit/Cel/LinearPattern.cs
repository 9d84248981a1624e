using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace RelayOperator.TestKit.Cel;

/// <summary>
/// Regular expressions as Go has them (RE2), for schemas and matches(): found anywhere, without what needs backtracking,
/// and '$' is the end of the text alone, where .NET also finds it before a last line end.
/// </summary>
public static class LinearPattern
{
    private static readonly ConcurrentDictionary<string, Regex> Known = new(StringComparer.Ordinal);

    public static bool IsMatch(string pattern, string text) => Known.GetOrAdd(pattern, Compile).IsMatch(text);

    private static Regex Compile(string pattern)
    {
        var translated = new StringBuilder();
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                _ = translated.Append(pattern[i]).Append(pattern[++i]);
                continue;
            }

            inClass = pattern[i] switch { '[' => true, ']' => false, _ => inClass };
            _ = pattern[i] == '$' && !inClass ? translated.Append("\\z") : translated.Append(pattern[i]);
        }

        return new Regex(
            translated.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
    }
}
