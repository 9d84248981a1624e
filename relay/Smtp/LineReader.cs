using System.Buffers;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Takes command lines off what has arrived. Only CRLF ends a line (RFC 5321 §2.3.8); the limit is checked before a
/// line is looked at. No I/O, no state: what is incomplete is asked for again with more behind it.
/// </summary>
public static class LineReader
{
    private static readonly SearchValues<byte> LineEndings = SearchValues.Create("\r\n"u8);

    /// <param name="buffer">What has arrived; moved past what was consumed.</param>
    /// <param name="maxLength">Octets of a line at most, its CRLF included.</param>
    /// <param name="line">The line without its CRLF.</param>
    public static LineResult TryRead(ref ReadOnlySequence<byte> buffer, int maxLength, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.IsSingleSegment)
        {
            return TryReadSpan(ref buffer, maxLength, ref line);
        }

        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryAdvanceToAny("\r\n"u8, advancePastDelimiter: false))
        {
            return buffer.Length >= maxLength ? LineResult.TooLong : LineResult.Incomplete;
        }

        var length = reader.Consumed;
        if (length + 2 > maxLength)
        {
            return LineResult.TooLong;
        }

        _ = reader.TryRead(out var first);
        if (first == (byte)'\r' && !reader.TryPeek(out _))
        {
            return LineResult.Incomplete;
        }

        if (first == (byte)'\n' || !reader.IsNext((byte)'\n', advancePast: true))
        {
            buffer = buffer.Slice(reader.Position);
            return LineResult.BareLineEnding;
        }

        line = buffer.Slice(0, length);
        buffer = buffer.Slice(reader.Position);
        return LineResult.Line;
    }

    /// <summary>Moves past the next CRLF; false where there is none yet: then everything but a last CR is consumed.</summary>
    public static bool TrySkipLine(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n"u8, advancePastDelimiter: true))
        {
            buffer = buffer.Slice(reader.Position);
            return true;
        }

        // A slice may begin with the empty end of the piece before, so its first octet is asked of a reader.
        var keep = !buffer.IsEmpty && new SequenceReader<byte>(buffer.Slice(buffer.Length - 1)).TryPeek(out var last) && last == (byte)'\r' ? 1 : 0;
        buffer = buffer.Slice(buffer.Length - keep);
        return false;
    }

    private static LineResult TryReadSpan(ref ReadOnlySequence<byte> buffer, int maxLength, ref ReadOnlySequence<byte> line)
    {
        var span = buffer.FirstSpan;
        var length = span.IndexOfAny(LineEndings);
        if (length < 0)
        {
            return span.Length >= maxLength ? LineResult.TooLong : LineResult.Incomplete;
        }

        if (length + 2 > maxLength)
        {
            return LineResult.TooLong;
        }

        if (span[length] == (byte)'\r')
        {
            if (length + 1 == span.Length)
            {
                return LineResult.Incomplete;
            }

            if (span[length + 1] == (byte)'\n')
            {
                line = buffer.Slice(0, length);
                buffer = buffer.Slice(length + 2);
                return LineResult.Line;
            }
        }

        buffer = buffer.Slice(length + 1);
        return LineResult.BareLineEnding;
    }
}
