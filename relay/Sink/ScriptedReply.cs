using System.Globalization;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Sink;

/// <summary>
/// One <c>--reply</c>: what to say at a phase in place of the usual answer, at every <paramref name="Every"/>th time
/// that the phase comes, counted over all sessions. Written as <c>rcpt=450</c>, <c>dot=550 5.7.1 Not here</c>, and with
/// <c>*N</c> at the end for every Nth time: <c>rcpt=450*3</c>.
/// </summary>
public sealed record ScriptedReply(SinkPhase Phase, SmtpReply Reply, int Every)
{
    /// <summary>Reads the text of one option; null where it is no such thing, with the reason in <paramref name="fault"/>.</summary>
    public static ScriptedReply? Parse(string text, out string fault)
    {
        fault = "";
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || !Enum.TryParse<SinkPhase>(text.AsSpan(0, equals), ignoreCase: true, out var phase) || char.IsAsciiDigit(text[0]))
        {
            fault = $"'{text}' does not begin with a phase: banner=, ehlo=, mail=, rcpt=, data= or dot=.";
            return null;
        }

        var answer = text.AsSpan(equals + 1).Trim(" \"'");
        var every = 1;
        if (answer.LastIndexOf('*') is >= 0 and var star && IsNumber(answer[(star + 1)..]))
        {
            if (!int.TryParse(answer[(star + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out every) || every == 0)
            {
                fault = $"'{text}': *N must be from 1 to {int.MaxValue}.";
                return null;
            }

            answer = answer[..star].TrimEnd(" \"'");
        }

        if (answer.Length >= 3 && (answer.Length == 3 || answer[3] == ' ') && answer[0] is >= '2' and <= '5' && IsNumber(answer[..3]))
        {
            return new ScriptedReply(phase, ParseReply(phase, answer), every);
        }

        fault = $"'{text}' names no reply: a code from 200 to 599, alone or with its text, as in 450 or \"550 5.7.1 Not here\".";
        return null;
    }

    private static SmtpReply ParseReply(SinkPhase phase, ReadOnlySpan<char> answer)
    {
        var code = int.Parse(answer[..3], NumberStyles.None, CultureInfo.InvariantCulture);
        var text = answer[3..].Trim();
        var words = text.ToString().Split(' ', 2);
        if (TryParseEnhanced(words[0], out var enhanced))
        {
            return new SmtpReply(code, enhanced, words.Length > 1 ? words[1] : "");
        }

        // Greetings, EHLO and 3xx carry no enhanced code (RFC 2034 §4).
        var wantsCode = text.IsEmpty && phase is not (SinkPhase.Banner or SinkPhase.Ehlo) && code is < 300 or >= 400;
        return new SmtpReply(code, wantsCode ? new EnhancedCode(code / 100, 0, 0) : default, text.IsEmpty ? "As told by --reply" : text.ToString());
    }

    private static bool TryParseEnhanced(string word, out EnhancedCode code)
    {
        code = default;
        if (word.Split('.') is not [var first, var second, var third] || !IsNumber(first) || !IsNumber(second) || !IsNumber(third)
            || word.Length > 9)
        {
            return false;
        }

        code = new EnhancedCode(
            int.Parse(first, CultureInfo.InvariantCulture), int.Parse(second, CultureInfo.InvariantCulture), int.Parse(third, CultureInfo.InvariantCulture));
        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');
}
