namespace RelayOperator.Relay.Sink;

/// <summary>
/// Reads one DATA stream: takes the dots off (RFC 5321 §4.5.2) and finds the end, in input of any split. Only
/// CRLF.CRLF ends a message; bare CR and LF are passed on and remembered. A sink reads with its own eyes, not with the
/// relay's decoder, so that it can show a fault of that one.
/// </summary>
public sealed class BodyReader
{
    private State _state = State.LineStart;

    private enum State
    {
        LineStart,
        Text,
        Cr,
        Dot,
        DotCr,
        End,
    }

    /// <summary>Whether a CR or LF stood alone (RFC 5321 §2.3.8 forbids it).</summary>
    public bool SawBareLineEnding { get; private set; }

    /// <summary>Octets of the message so far, dots unstuffed.</summary>
    public long ContentBytes { get; private set; }

    /// <summary>
    /// Reads on. Returns true at the end of the message; what follows it in <paramref name="input"/> is not consumed.
    /// <paramref name="content"/> must be longer than the input by one byte at least: a CR held back comes with it.
    /// </summary>
    public bool Read(ReadOnlySpan<byte> input, Span<byte> content, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (consumed < input.Length && _state != State.End)
        {
            var next = input[consumed];
            switch (_state)
            {
                case State.LineStart when next == '.':
                    _state = State.Dot;
                    consumed++;
                    break;
                case State.Dot when next == '\r':
                    _state = State.DotCr;
                    consumed++;
                    break;
                case State.LineStart or State.Dot or State.Text:
                    _state = State.Text;
                    ReadText(input, content, ref consumed, ref written);
                    break;
                case State.DotCr when next == '\n':
                    _state = State.End;
                    consumed++;
                    break;
                case State.Cr when next == '\n':
                    content[written++] = (byte)'\r';
                    content[written++] = (byte)'\n';
                    _state = State.LineStart;
                    consumed++;
                    break;
                default: // a CR alone, after text or after a dot that began a line
                    SawBareLineEnding = true;
                    content[written++] = (byte)'\r';
                    _state = State.Text;
                    break;
            }
        }

        ContentBytes += written;
        return _state == State.End;
    }

    private void ReadText(ReadOnlySpan<byte> input, Span<byte> content, ref int consumed, ref int written)
    {
        var rest = input[consumed..];
        var length = rest.IndexOf((byte)'\r');
        if (length >= 0)
        {
            _state = State.Cr;
            consumed += length + 1;
        }
        else
        {
            length = rest.Length;
            consumed += length;
        }

        SawBareLineEnding |= rest[..length].Contains((byte)'\n');
        rest[..length].CopyTo(content[written..]);
        written += length;
    }
}
