using System.Collections.Immutable;
using System.Net;

namespace RelayOperator.Relay.Access;

/// <summary>Lists of networks.</summary>
public static class Networks
{
    /// <summary>Whether one of them holds an address; IPv4-mapped ones count as IPv4.</summary>
    public static bool Hold(this ImmutableArray<IPNetwork> networks, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }
}
