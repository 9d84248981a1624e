using System.Collections.Immutable;
using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Reads hubs' replies (RFC 5321 §4.2). Lenient where that is harmless (a bare LF ends a line, the text may be missing),
/// strict where a client could be hurt: bounded, one code throughout, and the text cleaned of control characters.
/// </summary>
public static class HubReplyParser
{
    /// <summary>Octets of one reply line at most.</summary>
    public const int MaxLine = 4096;

    /// <summary>Lines of one reply at most.</summary>
    public const int MaxLines = 100;

    // What passes on to the client stays within RFC 5321 §4.5.3.1.5.
    private const int MaxText = 480;

    // A question mark for what is no UTF-8: shorter than what it stands for, so the bound on the text holds.
    private static readonly Encoding Lenient =
        Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("?"));

    // Hubs say the same few things all day long.
    private const int CachedLength = 64;
    private static readonly CachedReply?[] Cache = new CachedReply?[256];

    /// <param name="input">What has arrived.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="consumed">Octets it took; zero unless there is a whole one.</param>
    public static ReplyStatus TryParse(ReadOnlySpan<byte> input, out SmtpReply? reply, out int consumed)
    {
        reply = null;
        consumed = 0;
        var lines = 0;
        var at = 0;
        while (true)
        {
            var length = input[at..].IndexOf((byte)'\n');
            if (length < 0 ? input.Length - at > MaxLine : length > MaxLine)
            {
                return ReplyStatus.Malformed;
            }

            if (length < 0)
            {
                return LooksLikeReply(input[at..]) ? ReplyStatus.Incomplete : ReplyStatus.Malformed;
            }

            var line = input.Slice(at, length);
            if (!IsReplyLine(line) || ++lines > MaxLines || !line[..3].SequenceEqual(input[..3]))
            {
                return ReplyStatus.Malformed;
            }

            at += length + 1;
            if (line.Length < 4 || line[3] != (byte)'-')
            {
                consumed = at;
                reply = lines == 1 ? Single(input[..at]) : Parse(input[..at], lines);
                return ReplyStatus.Reply;
            }
        }
    }

    private static bool LooksLikeReply(ReadOnlySpan<byte> start) =>
        (start.Length < 1 || start[0] is >= (byte)'2' and <= (byte)'5')
        && (start.Length < 2 || start[1] is >= (byte)'0' and <= (byte)'9')
        && (start.Length < 3 || start[2] is >= (byte)'0' and <= (byte)'9')
        && (start.Length < 4 || start[3] is (byte)' ' or (byte)'-' || (start[3] == (byte)'\r' && start.Length == 4));

    private static bool IsReplyLine(ReadOnlySpan<byte> line) => line.Length >= 3 && LooksLikeReply(line);

    private static SmtpReply Single(ReadOnlySpan<byte> line)
    {
        if (line.Length > CachedLength)
        {
            return Parse(line, 1);
        }

        var hash = new HashCode();
        hash.AddBytes(line);
        ref var slot = ref Cache[hash.ToHashCode() & (Cache.Length - 1)];
        if (Volatile.Read(ref slot) is { } cached && line.SequenceEqual(cached.Wire))
        {
            return cached.Reply;
        }

        var reply = Parse(line, 1);
        Volatile.Write(ref slot, new CachedReply(line.ToArray(), reply));
        return reply;
    }

    private static SmtpReply Parse(ReadOnlySpan<byte> input, int lines)
    {
        var code = ((input[0] - '0') * 100) + ((input[1] - '0') * 10) + (input[2] - '0');
        var enhanced = default(EnhancedCode);
        var texts = ImmutableArray.CreateBuilder<string>(lines);
        for (var i = 0; i < lines; i++)
        {
            var end = input.IndexOf((byte)'\n');
            var text = input[..end].TrimEnd("\r"u8);
            text = text.Length > 4 ? text[4..] : default;
            if (TryTakeEnhancedCode(ref text, code / 100, out var found) && !enhanced.IsPresent)
            {
                enhanced = found;
            }

            texts.Add(Clean(text));
            input = input[(end + 1)..];
        }

        return new SmtpReply(code, enhanced, texts.MoveToImmutable());
    }

    // class "." subject "." detail (RFC 2034 §4): its class has to be the reply's, and 3xx has none.
    private static bool TryTakeEnhancedCode(ref ReadOnlySpan<byte> text, int replyClass, out EnhancedCode code)
    {
        code = default;
        var end = text.IndexOf((byte)' ');
        var word = end < 0 ? text : text[..end];
        if (replyClass == 3 || word.Length is < 5 or > 9 || word[0] != '0' + replyClass || word[1] != (byte)'.')
        {
            return false;
        }

        var dot = word[2..].IndexOf((byte)'.');
        if (dot <= 0 || !TryNumber(word.Slice(2, dot), out var subject) || !TryNumber(word[(dot + 3)..], out var detail))
        {
            return false;
        }

        code = new EnhancedCode(replyClass, subject, detail);
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        return digits.Length is > 0 and <= 3;
    }

    private static string Clean(ReadOnlySpan<byte> text)
    {
        text = text.Length > MaxText ? text[..MaxText] : text;
        if (!text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return Encoding.ASCII.GetString(text);
        }

        var decoded = Lenient.GetString(text);
        return string.Create(decoded.Length, decoded, static (room, source) =>
        {
            for (var i = 0; i < room.Length; i++)
            {
                // A tab is text (RFC 5321 §4.2), but a blank is as good and aligns nothing.
                room[i] = source[i] == '\t' ? ' ' : char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }

    private sealed record CachedReply(byte[] Wire, SmtpReply Reply);
}
