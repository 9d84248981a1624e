namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Turns the wire form that is kept and sent on back into the message: takes the stuffed dots off (RFC 5321 §4.5.2).
/// The wire form ends each line with CRLF and has no final dot. State lives between calls; one instance per message.
/// </summary>
public sealed class DotRemover
{
    private bool _lineStart = true;
    private bool _cr;

    /// <summary>Takes the dots off in place; how many octets are left at the beginning.</summary>
    public int Remove(Span<byte> wire)
    {
        var (read, written) = (0, 0);
        while (read < wire.Length)
        {
            if (_lineStart && wire[read] == (byte)'.')
            {
                read++;
                _lineStart = false;
                continue;
            }

            var rest = wire[read..];
            var length = rest.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : rest.Length;
            var before = length > 1 ? rest[length - 2] == (byte)'\r' : _cr;
            _cr = rest[length - 1] == (byte)'\r';
            _lineStart = rest[length - 1] == (byte)'\n' && before;
            if (read != written)
            {
                rest[..length].CopyTo(wire[written..]);
            }

            read += length;
            written += length;
        }

        return written;
    }
}
