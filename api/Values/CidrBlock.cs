using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RelayOperator.Api;

/// <summary>Networks in CIDR form (RFC 4632), without host bits.</summary>
public static class CidrBlock
{
    /// <summary>True for a network that <see cref="Allowed"/> has nothing to say about.</summary>
    public static bool TryParse(string value, out IPNetwork network)
    {
        network = default;
        if (Allowed(value) is not null)
        {
            return false;
        }

        network = IPNetwork.Parse(value);
        return true;
    }

    /// <summary>What is allowed instead of <paramref name="value"/>, the right network if it can be told; null where it is right.</summary>
    public static string? Allowed(string value)
    {
        const string example = "a network such as 10.20.0.0/16 or 2001:db8::/32";
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? value : value[..slash];
        if (!IpText.TryParse(text, out var address))
        {
            return example;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            return $"a network with its prefix length: {value}/{bits} for this address alone";
        }

        var digits = value[(slash + 1)..];
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix > bits
            || digits is ['0', _, ..])
        {
            return $"a prefix length from 0 to {bits} behind the '/'";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return prefix < 96
                ? example
                : $"the IPv4 form, {Masked(address.MapToIPv4(), prefix - 96)}/{prefix - 96}";
        }

        var masked = Masked(address, prefix);
        return masked.Equals(address) ? null : $"{masked}/{prefix}, which has no bits set behind the prefix, or a longer prefix";
    }

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - i * 8, 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
