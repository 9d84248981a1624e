using System.Buffers;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Turns what follows DATA into the wire form that is kept and sent on: dot-stuffed, CRLF line ends, without the final
/// dot; the CRLF before that dot belongs to the message (RFC 5321 §4.1.1.4).
/// Contract: only CRLF "." CRLF ends the data (or "." CRLF at its very start), whatever the mode and however the input
/// is split. Reject: every octet of the output stands in the input; a bare CR or LF stops everything, and NUL is told by
/// <see cref="HasNul"/>. Normalize: dots are taken off by CRLF lines first, then bare CR and LF become CRLF and NUL goes,
/// then lines are stuffed again, so that LF "." LF is content. State lives between calls; one instance per message.
/// </summary>
public sealed class DataDecoder(BareLineEndings mode)
{
    /// <summary>Octets of output that every step needs.</summary>
    public const int MinimumOutput = 8;

    /// <summary>What no line holds: its ends, and NUL, which RFC 5322 §4 knows only as obsolete.</summary>
    public static readonly SearchValues<byte> NotText = SearchValues.Create("\r\n\0"u8);

    private readonly bool _reject = mode == BareLineEndings.Reject;
    private State _state = State.LineStart;

    private enum State
    {
        // Behind a true CRLF, or at the start: a dot here is stuffing or the end.
        LineStart,

        // Behind a line end that was made from a bare one: a dot here is content.
        MadeLineStart,
        Text,
        Cr,
        Dot,
        DotCr,
    }

    /// <summary>Octets of the message, stuffed dots not counted (RFC 1870 §3).</summary>
    public long ContentBytes { get; private set; }

    /// <summary>A message in mode Reject holds NUL: who drops it before looking for the end of the data may find another one.</summary>
    public bool HasNul { get; private set; }

    public DataStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (consumed < input.Length)
        {
            if (output.Length - written < MinimumOutput)
            {
                return DataStatus.OutputFull;
            }

            var c = input[consumed];
            switch (_state)
            {
                case State.LineStart when c == (byte)'.':
                    _state = State.Dot;
                    consumed++;
                    break;

                case State.MadeLineStart when c == (byte)'.':
                    output[written++] = c;
                    _state = State.Text;
                    break;

                case State.Dot when c == (byte)'\r':
                    _state = State.DotCr;
                    consumed++;
                    break;

                case State.Dot when !_reject:
                    _state = State.MadeLineStart;
                    break;

                case State.Dot:
                    output[written++] = (byte)'.';
                    _state = State.Text;
                    break;

                case State.DotCr when c == (byte)'\n':
                    consumed++;
                    return DataStatus.End;

                case State.Cr when c == (byte)'\n':
                    consumed++;
                    EndLine(output, ref written, State.LineStart);
                    break;

                case State.DotCr or State.Cr when _reject:
                    return DataStatus.BareLineEnding;

                case State.DotCr or State.Cr:
                    EndLine(output, ref written, State.MadeLineStart);
                    break;

                default:
                    if (!Text(input, output, ref consumed, ref written))
                    {
                        return DataStatus.BareLineEnding;
                    }

                    break;
            }
        }

        return DataStatus.NeedMore;
    }

    // Copies up to a line ending or NUL, or as far as the room goes; false where a bare LF is not allowed.
    private bool Text(ReadOnlySpan<byte> input, Span<byte> output, ref int consumed, ref int written)
    {
        var rest = input[consumed..];
        var end = rest.IndexOfAny(NotText);
        var length = Math.Min(end < 0 ? rest.Length : end, output.Length - written - 4);
        rest[..length].CopyTo(output[written..]);
        consumed += length;
        written += length;
        ContentBytes += length;
        var behindLine = length == 0 && _state is (State.LineStart or State.MadeLineStart);
        _state = State.Text;
        if (length != end)
        {
            return true;
        }

        if (rest[end] == 0)
        {
            consumed++;
            TakeNul(output, ref written, behindLine);
            return true;
        }

        if (rest[end] == (byte)'\n')
        {
            if (!_reject)
            {
                consumed++;
                EndLine(output, ref written, State.MadeLineStart);
            }

            return !_reject;
        }

        if (end + 1 < rest.Length && rest[end + 1] == (byte)'\n')
        {
            consumed += 2;
            EndLine(output, ref written, State.LineStart);
        }
        else
        {
            consumed++;
            _state = State.Cr;
        }

        return true;
    }

    private void TakeNul(Span<byte> output, ref int written, bool behindLine)
    {
        if (_reject)
        {
            HasNul = true;
            output[written++] = 0;
            ContentBytes++;
        }
        else if (behindLine)
        {
            // Without the NUL that stood before it, a dot that comes now begins the line.
            _state = State.MadeLineStart;
        }
    }

    private void EndLine(Span<byte> output, ref int written, State next)
    {
        output[written++] = (byte)'\r';
        output[written++] = (byte)'\n';
        ContentBytes += 2;
        _state = next;
    }
}
