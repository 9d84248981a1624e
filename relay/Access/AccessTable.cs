using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>
/// Who may relay: the rule whose CIDR is the most specific one around the client's address, or none, which means no.
/// Immutable. IPv4-mapped IPv6 addresses are IPv4.
/// </summary>
public sealed class AccessTable
{
    private readonly ImmutableArray<(IPNetwork Network, AccessRule Rule)> _v4;
    private readonly ImmutableArray<(IPNetwork Network, AccessRule Rule)> _v6;

    /// <param name="rules">The pool's rules.</param>
    /// <param name="previous">The table before the change, whose counts live on by rule name; null for none.</param>
    public AccessTable(ImmutableArray<AccessRuleConfig> rules, AccessTable? previous)
    {
        var usages = new Dictionary<string, RuleUsage>(StringComparer.Ordinal);
        List<(IPNetwork Network, AccessRule Rule)> entries = [];
        foreach (var config in rules)
        {
            if (previous is null || !previous.Usages.TryGetValue(config.Name, out var usage))
            {
                usage = new RuleUsage(config.MessagesPerMinute);
            }

            usage.Messages.Resize(config.MessagesPerMinute);
            usages[config.Name] = usage;
            var rule = new AccessRule(config, usage);
            foreach (var cidr in config.ClientCidrs)
            {
                entries.Add((cidr, rule));
            }
        }

        Usages = usages;
        _v4 = Sorted(entries, AddressFamily.InterNetwork);
        _v6 = Sorted(entries, AddressFamily.InterNetworkV6);
    }

    private Dictionary<string, RuleUsage> Usages { get; }

    /// <summary>The rule for a client; null where there is none.</summary>
    public AccessRule? Find(IPAddress client)
    {
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        // Sorted by length: the first that contains the address is the most specific one.
        foreach (var (network, rule) in address.AddressFamily == AddressFamily.InterNetwork ? _v4 : _v6)
        {
            if (network.Contains(address))
            {
                return rule;
            }
        }

        return null;
    }

    private static ImmutableArray<(IPNetwork Network, AccessRule Rule)> Sorted(
        List<(IPNetwork Network, AccessRule Rule)> entries, AddressFamily family) =>
        [.. entries.Where(entry => entry.Network.BaseAddress.AddressFamily == family).OrderByDescending(entry => entry.Network.PrefixLength)];
}
