using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Unicode;

namespace RelayOperator.Relay.Smtp;

/// <summary>What a Received field says (RFC 5321 §4.4).</summary>
/// <param name="HeloArgument">How the client named itself; untrusted.</param>
/// <param name="ClientAddress">Where it came from.</param>
/// <param name="ByName">How the pool names itself.</param>
/// <param name="PoolUid">How the pool knows its own fields.</param>
/// <param name="Protocol">SMTP, ESMTP, UTF8SMTP … (RFC 3848, RFC 6531 §4.3).</param>
/// <param name="Id">The transaction's id.</param>
/// <param name="Time">When.</param>
/// <param name="Tls">A comment about the client's TLS, with a blank before it; "" in the clear.</param>
public sealed record ReceivedFacts(
    string HeloArgument, IPAddress ClientAddress, string ByName, string PoolUid, string Protocol, string Id, DateTimeOffset Time, string Tls = "");

/// <summary>Writes the one field that the relay adds to a message.</summary>
public static class ReceivedField
{
    /// <summary>Octets that a field needs at most.</summary>
    public const int MaxLength = 1536;

    private const int MaxHelo = 255;

    /// <summary>Writes the field with its CRLF; returns its length.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> octets.</param>
    /// <param name="facts">What it says.</param>
    public static int Format(Span<byte> destination, ReceivedFacts facts)
    {
        Span<char> helo = stackalloc char[MaxHelo];
        var name = Sanitise(facts.HeloArgument, helo);
        if (!Utf8.TryWrite(
                destination,
                CultureInfo.InvariantCulture,
                $"Received: from {name} ({AddressLiteral(facts.ClientAddress)})\r\n\tby {facts.ByName} (RelayOperator pool {facts.PoolUid})\r\n\twith {facts.Protocol}{facts.Tls} id {facts.Id};\r\n\t{facts.Time.UtcDateTime:ddd, dd MMM yyyy HH:mm:ss} +0000\r\n",
                out var written))
        {
            throw new ArgumentException("The destination is smaller than a Received field may be.", nameof(destination));
        }

        return written;
    }

    /// <summary>An address as mail writes it (RFC 5321 §4.1.3): [192.0.2.1], [IPv6:2001:db8::1].</summary>
    public static string AddressLiteral(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{plain}]" : $"[{plain}]";
    }

    // RFC 5321 §4.1.3 knows neither IPv4 in the guise of IPv6 nor a scope: fe80::1%2 is no address to anybody else.
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    // Whatever the client calls itself must not look like another part of the field, nor break the line.
    private static ReadOnlySpan<char> Sanitise(string text, Span<char> room)
    {
        var length = 0;
        foreach (var c in text)
        {
            if (length == room.Length)
            {
                break;
            }

            room[length++] = c is > ' ' and < (char)127 and not ('(' or ')' or '<' or '>' or ';' or '"' or '\\') ? c : '?';
        }

        return length == 0 ? "unknown" : room[..length];
    }
}
