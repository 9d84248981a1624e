using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>
/// Who may relay: the rule whose CIDR is the most specific one around the client's address, or none, which means no.
/// Immutable. IPv4-mapped IPv6 addresses are IPv4. In a cluster an address may be that of a node or gateway that replaced the
/// client's: for such a one only rules for everybody count that ask for more than an address; for a pod's, in addition,
/// those whose network lies inside the pods' own.
/// </summary>
public sealed class AccessTable
{
    private readonly Networks _all;
    private readonly Networks _ofPods;
    private readonly Networks _ofEverybody;
    private readonly ClusterAddresses? _cluster;

    /// <param name="rules">The pool's rules.</param>
    /// <param name="previous">The table before the change, whose counts live on by rule name; null for none.</param>
    /// <param name="cluster">The cluster's own addresses; null outside of one.</param>
    public AccessTable(ImmutableArray<AccessRuleConfig> rules, AccessTable? previous, ClusterAddressesConfig? cluster = null)
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
        _cluster = cluster is null ? null : new ClusterAddresses(cluster);
        var forEverybody = entries.Where(entry => entry.Network.PrefixLength == 0 && entry.Rule.NeedsProof).ToList();
        _all = new Networks(entries);
        _ofEverybody = new Networks(forEverybody);
        _ofPods = _cluster is null ? _all : new Networks([.. entries.Where(entry => _cluster.IsOfPods(entry.Network)), .. forEverybody]);
    }

    private Dictionary<string, RuleUsage> Usages { get; }

    /// <summary>The rule for a client; null where there is none.</summary>
    public AccessRule? Find(IPAddress client)
    {
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        return _cluster is null ? _all.Find(address)
            : _cluster.IsHidden(address) ? _ofEverybody.Find(address)
            : _cluster.IsPod(address) ? _ofPods.Find(address)
            : _all.Find(address);
    }

    /// <summary>The address is one of the cluster's own, behind which anybody may be.</summary>
    public bool IsHidden(IPAddress client) => _cluster?.IsHidden(client) == true;

    // For each prefix length in use, the longest first, the rules by the bits before it.
    private sealed class Networks(IReadOnlyList<(IPNetwork Network, AccessRule Rule)> entries)
    {
        private readonly ImmutableArray<(int Shift, FrozenDictionary<UInt128, AccessRule> Rules)> _v4 = ByLength(entries, AddressFamily.InterNetwork);
        private readonly ImmutableArray<(int Shift, FrozenDictionary<UInt128, AccessRule> Rules)> _v6 = ByLength(entries, AddressFamily.InterNetworkV6);

        public AccessRule? Find(IPAddress address)
        {
            var bits = Bits(address);
            foreach (var (shift, rules) in address.AddressFamily == AddressFamily.InterNetwork ? _v4 : _v6)
            {
                if (rules.TryGetValue(Prefix(bits, shift), out var rule))
                {
                    return rule;
                }
            }

            return null;
        }

        private static ImmutableArray<(int Shift, FrozenDictionary<UInt128, AccessRule> Rules)> ByLength(
            IEnumerable<(IPNetwork Network, AccessRule Rule)> entries, AddressFamily family)
        {
            var width = family == AddressFamily.InterNetwork ? 32 : 128;
            return
            [
                .. entries.Where(entry => entry.Network.BaseAddress.AddressFamily == family)
                    .GroupBy(entry => width - entry.Network.PrefixLength)
                    .OrderBy(length => length.Key)
                    .Select(length => (
                        length.Key,
                        length.DistinctBy(entry => entry.Network)
                            .ToFrozenDictionary(entry => Prefix(Bits(entry.Network.BaseAddress), length.Key), entry => entry.Rule))),
            ];
        }

        private static UInt128 Bits(IPAddress address)
        {
            Span<byte> octets = stackalloc byte[16];
            address.TryWriteBytes(octets, out var length);
            return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt128BigEndian(octets);
        }

        // Shifting by the whole width would shift by nothing.
        private static UInt128 Prefix(UInt128 bits, int shift) => shift == 128 ? 0 : bits >> shift;
    }
}
