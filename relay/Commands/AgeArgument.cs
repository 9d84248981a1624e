using System.CommandLine.Parsing;
using System.Globalization;

namespace RelayOperator.Relay.Commands;

/// <summary>Values of options that are ages: a number with s, m, h or d.</summary>
internal static class AgeArgument
{
    /// <summary>The value; a wrong one is refused with what is allowed.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        // A century at most, so that no calendar ends before it.
        if (text.Length > 1 && uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && SecondsOf(text[^1]) * number is > 0 and < 3_153_600_000 and var seconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        result.AddError($"'{text}' is no age such as 90s, 15m, 2h or 3d.");
        return null;
    }

    private static long SecondsOf(char unit) => unit switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        _ => 0,
    };
}
