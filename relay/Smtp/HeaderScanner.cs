using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Watches a message's header go by: how many hops it has behind it, how many of them through this pool, and the trace
/// context it carries. Sees the same however the input is split; keeps no more than the start of one line.
/// </summary>
public sealed class HeaderScanner(string poolUid)
{
    private const int KeptOfLine = 512;
    private const int MaxTraceParent = 128;

    private readonly byte[] _own = Encoding.ASCII.GetBytes($"pool {poolUid}");
    private readonly byte[] _line = new byte[KeptOfLine];
    private int _kept;
    private int _length;
    private bool _inReceived;
    private bool _countedOwn;

    /// <summary>The header has ended; nothing more is looked at.</summary>
    public bool Done { get; private set; }

    /// <summary>Received fields so far (RFC 5321 §6.3).</summary>
    public int Hops { get; private set; }

    /// <summary>Received fields so far that this pool wrote.</summary>
    public int OwnHops { get; private set; }

    /// <summary>The first traceparent field's value (W3C Trace Context); null without one.</summary>
    public string? TraceParent { get; private set; }

    /// <param name="wire">The next piece of the message in wire form.</param>
    public void Feed(ReadOnlySpan<byte> wire)
    {
        while (!Done && !wire.IsEmpty)
        {
            var end = wire.IndexOf((byte)'\n');
            var piece = end < 0 ? wire : wire[..end];
            var copied = Math.Min(piece.Length, KeptOfLine - _kept);
            piece[..copied].CopyTo(_line.AsSpan(_kept));
            _kept += copied;
            _length += piece.Length;
            if (end < 0)
            {
                return;
            }

            EndLine();
            wire = wire[(end + 1)..];
        }
    }

    private void EndLine()
    {
        var line = _line.AsSpan(0, _kept).TrimEnd((byte)'\r');
        var empty = _length <= 1;
        _kept = _length = 0;
        if (empty)
        {
            Done = true;
            return;
        }

        if (line is not [(byte)' ' or (byte)'\t', ..])
        {
            BeginField(line);
        }

        if (_inReceived && !_countedOwn && line.IndexOf(_own) >= 0)
        {
            _countedOwn = true;
            OwnHops++;
        }
    }

    private void BeginField(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0)
        {
            // No field: the body began without an empty line before it.
            Done = line.Length < KeptOfLine;
            return;
        }

        var name = line[..colon].TrimEnd((byte)' ');
        _inReceived = Ascii.EqualsIgnoreCase(name, "Received"u8);
        _countedOwn = false;
        Hops += _inReceived ? 1 : 0;
        if (TraceParent is null && Ascii.EqualsIgnoreCase(name, "traceparent"u8))
        {
            var value = line[(colon + 1)..].Trim(" \t"u8);
            TraceParent = value.Length is > 0 and <= MaxTraceParent ? Encoding.ASCII.GetString(value) : null;
        }
    }
}
