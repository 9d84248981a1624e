using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Turns BDAT content (RFC 3030), which has no dots and no end mark, into the wire form that is kept and sent on.
/// The rules about bare CR and LF and about NUL are DATA's, and hold across chunks. One instance per message.
/// </summary>
public sealed class BdatEncoder(BareLineEndings mode)
{
    private readonly bool _reject = mode == BareLineEndings.Reject;
    private bool _lineStart = true;
    private bool _cr;

    /// <summary>Octets of the message.</summary>
    public long ContentBytes { get; private set; }

    /// <inheritdoc cref="DataDecoder.HasNul"/>
    public bool HasNul { get; private set; }

    /// <summary>The content did not end with CRLF: one was added for hubs that take DATA.</summary>
    public bool AddedFinalCrLf { get; private set; }

    public DataStatus Encode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (consumed < input.Length)
        {
            if (output.Length - written < DataDecoder.MinimumOutput)
            {
                return DataStatus.OutputFull;
            }

            if (_cr)
            {
                if (input[consumed] == (byte)'\n')
                {
                    consumed++;
                }
                else if (_reject)
                {
                    return DataStatus.BareLineEnding;
                }

                EndLine(output, ref written);
                continue;
            }

            if (_lineStart && input[consumed] == (byte)'.')
            {
                output[written++] = (byte)'.';
            }

            var rest = input[consumed..];
            var end = rest.IndexOfAny(DataDecoder.NotText);
            var length = Math.Min(end < 0 ? rest.Length : end, output.Length - written - 4);
            rest[..length].CopyTo(output[written..]);
            consumed += length;
            written += length;
            ContentBytes += length;
            _lineStart &= length == 0;
            if (length != end)
            {
                continue;
            }

            if (rest[end] == 0)
            {
                consumed++;
                TakeNul(output, ref written);
            }
            else if (rest[end] == (byte)'\r')
            {
                consumed++;
                _cr = true;
            }
            else if (_reject)
            {
                return DataStatus.BareLineEnding;
            }
            else
            {
                consumed++;
                EndLine(output, ref written);
            }
        }

        return DataStatus.NeedMore;
    }

    /// <summary>The last chunk is consumed: ends an open line.</summary>
    public DataStatus Complete(Span<byte> output, out int written)
    {
        written = 0;
        if (_cr && _reject)
        {
            return DataStatus.BareLineEnding;
        }

        if (!_cr && _lineStart)
        {
            return DataStatus.NeedMore;
        }

        if (output.Length < DataDecoder.MinimumOutput)
        {
            return DataStatus.OutputFull;
        }

        AddedFinalCrLf = !_cr;
        EndLine(output, ref written);
        return DataStatus.NeedMore;
    }

    private void TakeNul(Span<byte> output, ref int written)
    {
        if (_reject)
        {
            HasNul = true;
            output[written++] = 0;
            ContentBytes++;
            _lineStart = false;
        }
    }

    private void EndLine(Span<byte> output, ref int written)
    {
        output[written++] = (byte)'\r';
        output[written++] = (byte)'\n';
        ContentBytes += 2;
        _cr = false;
        _lineStart = true;
    }
}
