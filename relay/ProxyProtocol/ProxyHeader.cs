using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RelayOperator.Relay.ProxyProtocol;

/// <summary>
/// What a proxy tells of the connection that it passes on: the PROXY protocol of HAProxy, versions 1 (a line) and 2
/// (binary). Pure. Contract: a prefix of a header is Incomplete, and what follows a header is not looked at.
/// </summary>
/// <param name="Client">Whom the proxy serves; null where it speaks for itself (LOCAL) or does not know (UNKNOWN, no IP).</param>
/// <param name="Length">Octets of the header.</param>
public readonly record struct ProxyHeader(IPAddress? Client, int Length)
{
    /// <summary>Octets of the longest line of version 1, its CRLF included.</summary>
    public const int LongestLine = 107;

    /// <summary>Octets of the longest header of version 2 that is taken, its extensions included.</summary>
    public const int Longest = 4096;

    /// <summary>Octets that every header has at least: so many can be read without touching what follows.</summary>
    public const int Shortest = 15;

    /// <summary>Octets of version 2 that say how long it is.</summary>
    public const int Fixed = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Line => "PROXY "u8;

    /// <summary>Reads the header at the beginning of what was received.</summary>
    public static ProxyParse Parse(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        if (received.StartsWith(Line) || Line.StartsWith(received))
        {
            return ParseLine(received, out header);
        }

        return received.StartsWith(Signature) || Signature.StartsWith(received) ? ParseBinary(received, out header) : ProxyParse.Malformed;
    }

    /// <summary>Whether it is of version 2, as far as the octets tell.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> received) => received.StartsWith(Signature);

    private static ProxyParse ParseLine(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        var end = received.IndexOf((byte)'\n');
        if (end < 0)
        {
            return received.Length < LongestLine ? ProxyParse.Incomplete : ProxyParse.Malformed;
        }

        if (end >= LongestLine || received[end - 1] != (byte)'\r' || !Ascii.IsValid(received[..end]))
        {
            return ProxyParse.Malformed;
        }

        var words = Encoding.ASCII.GetString(received[Line.Length..(end - 1)]).Split(' ');
        switch (words)
        {
            case ["UNKNOWN", ..]:
                header = new ProxyHeader(null, end + 1);
                return ProxyParse.Complete;

            case ["TCP4" or "TCP6", var source, var destination, var from, var to]
                when Address(words[0], source) is { } client && Address(words[0], destination) is not null && IsPort(from) && IsPort(to):
                header = new ProxyHeader(client, end + 1);
                return ProxyParse.Complete;

            default:
                return ProxyParse.Malformed;
        }
    }

    private static ProxyParse ParseBinary(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        const int Local = 0x20;
        const int Proxied = 0x21;
        const int Tcp4 = 0x11;
        const int Tcp6 = 0x21;
        header = default;
        if (received.Length > Signature.Length && received[Signature.Length] is not (Local or Proxied))
        {
            return ProxyParse.Malformed;
        }

        if (received.Length < Fixed)
        {
            return ProxyParse.Incomplete;
        }

        var length = Fixed + BinaryPrimitives.ReadUInt16BigEndian(received[14..]);
        var (isLocal, family) = (received[12] == Local, received[13]);
        var needed = isLocal ? 0 : family switch { Tcp4 => 12, Tcp6 => 36, _ => 0 };
        if (length > Longest || length < Fixed + needed)
        {
            return ProxyParse.Malformed;
        }

        if (received.Length < length)
        {
            return ProxyParse.Incomplete;
        }

        // What is neither TCP over IPv4 nor over IPv6 tells nothing that a rule could go by.
        header = new ProxyHeader(needed == 0 ? null : Plain(new IPAddress(received.Slice(Fixed, needed == 12 ? 4 : 16))), length);
        return ProxyParse.Complete;
    }

    private static IPAddress? Address(string family, string text) =>
        IPAddress.TryParse(text, out var address)
        && address.AddressFamily == (family == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)
        // Only the usual form: 10.1 and 012.0.0.1 mean different things to different readers; a scope means nothing here.
        && (family == "TCP4" ? address.ToString() == text : !text.AsSpan().ContainsAny('%', '[', ']'))
            ? Plain(address)
            : null;

    // Digits alone: the runtime's own reading passes over NULs behind them.
    private static bool IsPort(string text) =>
        text.Length is > 0 and <= 5 && (text.Length == 1 || text[0] != '0') && !text.AsSpan().ContainsAnyExceptInRange('0', '9')
        && int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) <= 65535;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
