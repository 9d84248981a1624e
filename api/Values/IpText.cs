using System.Net;
using System.Net.Sockets;

namespace RelayOperator.Api;

/// <summary>
/// IP addresses as people may write them here: four decimal numbers, or RFC 4291 text. Narrower than the runtime's
/// parser, which also takes octal, hexadecimal and shortened IPv4, brackets, ports and scopes.
/// </summary>
public static class IpText
{
    /// <summary>True for an address that every program reads alike.</summary>
    public static bool TryParse(string value, out IPAddress address)
    {
        address = IPAddress.None;
        if (!IPAddress.TryParse(value, out var parsed))
        {
            return false;
        }

        address = parsed;
        return parsed.AddressFamily == AddressFamily.InterNetwork
            ? parsed.ToString() == value
            : value.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
    }

    internal static string? Allowed(string value)
    {
        if (!TryParse(value, out var address))
        {
            return value.Contains('/', StringComparison.Ordinal)
                ? "one IP address, without a prefix length"
                : "an IP address such as 10.0.0.25 or 2001:db8::25, without brackets, port or leading zeros";
        }

        // The relay compares mapped addresses as IPv4, so a rule for one would never be met under that name.
        return address.IsIPv4MappedToIPv6 ? $"the IPv4 form, {address.MapToIPv4()}" : null;
    }
}
