using System.Buffers;
using System.Text;

namespace RelayOperator.Relay.Notifications;

/// <summary>
/// What of the original goes back with a notification. It comes from a stranger: it is copied octet by octet within
/// bounds, never parsed as a message, so that no nesting and no size of it can harm the relay.
/// </summary>
/// <param name="Octets">The whole message, or its header without the empty line behind it; CRLF line ends. Empty for nothing that could go back.</param>
/// <param name="IsWhole">It is the whole message, in a form that goes as it is: no NUL, no bare CR or LF, no line too long (RFC 2045 §2.8).</param>
/// <param name="HeaderIsUtf8">The header has octets beyond ASCII.</param>
internal sealed record ReturnedContent(byte[] Octets, bool IsWhole, bool HeaderIsUtf8)
{
    /// <summary>Octets of a line without its CRLF at most (RFC 5321 §4.5.3.1.6).</summary>
    public const int MaxLine = 998;

    private static readonly SearchValues<byte> LineEndings = SearchValues.Create("\r\n"u8);

    /// <summary>The first Message-ID of the header; null where there is none, or none that could be quoted in a field.</summary>
    public string? MessageId { get; private init; }

    /// <param name="original">The message.</param>
    /// <param name="full">The whole is asked for, and given if it is fit to be.</param>
    /// <param name="eightBit">Octets beyond ASCII may go as they are.</param>
    public static ReturnedContent Of(OriginalMessage original, bool full, bool eightBit)
    {
        var wire = original.Wire.Span;
        var header = Header(wire[..Math.Min(wire.Length, OriginalMessage.MaxHeader)]);
        var isUtf8 = !Ascii.IsValid(header);
        var id = FindMessageId(header);
        if (full && original.IsWhole && wire.Length <= OriginalMessage.MaxWhole)
        {
            var whole = Unstuff(wire);
            if (IsFit(whole, eightBit))
            {
                return new(whole, IsWhole: true, isUtf8) { MessageId = id };
            }
        }

        return new(header, IsWhole: false, isUtf8) { MessageId = id };
    }

    private static byte[] Unstuff(ReadOnlySpan<byte> wire)
    {
        var content = new byte[wire.Length];
        var length = 0;
        while (!wire.IsEmpty)
        {
            // RFC 5321 §4.5.2: the first dot of a line is none of the message's.
            wire = wire[0] == (byte)'.' ? wire[1..] : wire;
            var end = wire.IndexOf("\r\n"u8);
            var line = wire[..(end < 0 ? wire.Length : end + 2)];
            line.CopyTo(content.AsSpan(length));
            length += line.Length;
            wire = wire[line.Length..];
        }

        return content[..length];
    }

    private static bool IsFit(ReadOnlySpan<byte> whole, bool eightBit)
    {
        if (whole.IsEmpty || whole.Contains((byte)0) || (!eightBit && !Ascii.IsValid(whole)))
        {
            return false;
        }

        while (!whole.IsEmpty)
        {
            var end = whole.IndexOfAny(LineEndings);
            if ((end < 0 ? whole.Length : end) > MaxLine || (end >= 0 && !whole[end..].StartsWith("\r\n"u8)))
            {
                return false;
            }

            whole = end < 0 ? default : whole[(end + 2)..];
        }

        return true;
    }

    // Up to the empty line, or the first line that can belong to no header, or the end; a line cut off by the bound is left out.
    private static byte[] Header(ReadOnlySpan<byte> wire)
    {
        var header = new ArrayBufferWriter<byte>(Math.Max(wire.Length, 1));
        while (!wire.IsEmpty)
        {
            var end = wire.IndexOfAny(LineEndings);
            var line = end < 0 ? wire : wire[..end];
            line = line is [(byte)'.', ..] ? line[1..] : line;
            var isContinuation = line is [(byte)' ' or (byte)'\t', ..] && header.WrittenCount != 0;
            if (line.IsEmpty || (!isContinuation && line.IndexOf((byte)':') <= 0) || (end < 0 && header.WrittenCount != 0))
            {
                break;
            }

            header.Write(line);
            header.Write("\r\n"u8);
            wire = end < 0 ? default : wire[(end + (wire[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }

        return header.WrittenSpan.ToArray();
    }

    private static string? FindMessageId(ReadOnlySpan<byte> header)
    {
        while (!header.IsEmpty)
        {
            // The end of a field is a line end that no blank follows.
            var end = 0;
            do
            {
                end += header[end..].IndexOf("\r\n"u8) + 2;
            }
            while (end < header.Length && header[end] is (byte)' ' or (byte)'\t');

            var field = header[..end];
            var colon = field.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(field[..colon].TrimEnd(" \t"u8), "Message-ID"u8))
            {
                var value = field[(colon + 1)..].Trim(" \t\r\n"u8);
                return IsMessageId(value) ? Encoding.ASCII.GetString(value) : null;
            }

            header = header[end..];
        }

        return null;
    }

    private static bool IsMessageId(ReadOnlySpan<byte> value) =>
        value is [(byte)'<', _, .., (byte)'>'] && value.Length <= FieldText.MaxOctets
        && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~') && !value[1..^1].ContainsAny((byte)'<', (byte)'>');
}
