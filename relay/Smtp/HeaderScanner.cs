using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Watches a message's header go by: how many hops it has behind it, how many of them through this pool, and the trace
/// context it carries. Sees the same however the input is split, and wherever a hop has folded the lines anew; keeps no
/// more than the start of a line that came in pieces.
/// </summary>
public sealed class HeaderScanner(string poolUid)
{
    /// <summary>Octets of a line that are looked at: room for a Received field that some hop wrote on one line.</summary>
    public const int KeptOfLine = 1024;

    private const int MaxTraceParent = 128;
    private const int MaxMessageId = 250;

    private byte[]? _line;
    private int _kept;
    private bool _inReceived;
    private bool _inMessageId;
    private bool _countedOwn;
    private bool _endsWithPool;

    /// <summary>The header has ended; nothing more is looked at.</summary>
    public bool Done { get; private set; }

    /// <summary>Received fields so far (RFC 5321 §6.3).</summary>
    public int Hops { get; private set; }

    /// <summary>Received fields so far that this pool wrote.</summary>
    public int OwnHops { get; private set; }

    /// <summary>The first Message-ID (RFC 5322 §3.6.4), folded or not; null without one, or for one too long or not ASCII.</summary>
    public string? MessageId { get; private set; }

    /// <summary>The first traceparent field's value (W3C Trace Context); null without one.</summary>
    public string? TraceParent { get; private set; }

    /// <param name="wire">The next piece of the message in wire form.</param>
    public void Feed(ReadOnlySpan<byte> wire)
    {
        while (!Done && !wire.IsEmpty)
        {
            var end = wire.IndexOf((byte)'\n');
            var piece = end < 0 ? wire : wire[..end];
            if (end >= 0 && _kept == 0)
            {
                // The usual case: the line is whole, nothing is copied.
                EndLine(piece[..Math.Min(piece.Length, KeptOfLine)]);
            }
            else
            {
                _line ??= new byte[KeptOfLine];
                var copied = Math.Min(piece.Length, KeptOfLine - _kept);
                piece[..copied].CopyTo(_line.AsSpan(_kept));
                _kept += copied;
                if (end < 0)
                {
                    return;
                }

                EndLine(_line.AsSpan(0, _kept));
                _kept = 0;
            }

            wire = wire[(end + 1)..];
        }
    }

    private void EndLine(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (line.IsEmpty)
        {
            Done = true;
            return;
        }

        if (line is not [(byte)' ' or (byte)'\t', ..])
        {
            BeginField(line);
        }
        else if (_inMessageId)
        {
            // Long ids stand on a line of their own.
            KeepMessageId(line);
        }

        if (_inReceived && !_countedOwn && IsOwn(line.Trim(" \t"u8)))
        {
            _countedOwn = true;
            OwnHops++;
        }
    }

    private void BeginField(ReadOnlySpan<byte> line)
    {
        _inReceived = _inMessageId = _countedOwn = false;
        var colon = line.IndexOf((byte)':');
        if (colon < 0)
        {
            // No field: the body began without an empty line before it.
            Done = true;
            return;
        }

        var name = line[..colon].TrimEnd(" \t"u8);
        _inReceived = Ascii.EqualsIgnoreCase(name, "Received"u8);
        Hops += _inReceived ? 1 : 0;
        if (TraceParent is null && Ascii.EqualsIgnoreCase(name, "traceparent"u8))
        {
            var value = line[(colon + 1)..].Trim(" \t"u8);
            TraceParent = value.Length is > 0 and <= MaxTraceParent ? Encoding.ASCII.GetString(value) : null;
        }
        else if (MessageId is null && Ascii.EqualsIgnoreCase(name, "Message-ID"u8))
        {
            KeepMessageId(line[(colon + 1)..]);
        }
    }

    private void KeepMessageId(ReadOnlySpan<byte> line)
    {
        var value = line.Trim(" \t"u8);
        _inMessageId = value.IsEmpty;
        MessageId = value.Length is > 0 and <= MaxMessageId && Ascii.IsValid(value) ? Encoding.ASCII.GetString(value) : null;
    }

    // "pool <uid>" as ReceivedField writes it, or with the fold between the two.
    private bool IsOwn(ReadOnlySpan<byte> text)
    {
        if (_endsWithPool && StartsWithUid(text))
        {
            return true;
        }

        _endsWithPool = text.EndsWith("pool"u8);
        for (var at = text.IndexOf("pool "u8); at >= 0; at = text.IndexOf("pool "u8))
        {
            text = text[(at + "pool ".Length)..];
            if (StartsWithUid(text))
            {
                return true;
            }
        }

        return false;
    }

    // The whole uid: pool-1 is not pool-12.
    private bool StartsWithUid(ReadOnlySpan<byte> text) =>
        poolUid.Length != 0
        && text.Length >= poolUid.Length
        && Ascii.Equals(text[..poolUid.Length], poolUid)
        && (text.Length == poolUid.Length || text[poolUid.Length] is (byte)')' or (byte)' ' or (byte)'\t' or (byte)';');
}
