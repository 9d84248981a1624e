using System.Collections.Frozen;
using System.Net;
using System.Numerics;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>
/// What a client's address tells in a cluster: that of a node or of a pod network's gateway tells nothing, since the address
/// of whoever comes by it was replaced; that of a pod tells of a pod. Immutable.
/// </summary>
public sealed class ClusterAddresses
{
    private readonly FrozenSet<IPAddress> _hidden;
    private readonly IReadOnlyList<IPNetwork> _pods;

    public ClusterAddresses(ClusterAddressesConfig config)
    {
        _pods = Largest(config.PodNetworks);
        _hidden = config.Nodes.Concat(config.PodNetworks.SelectMany(Gateways)).ToFrozenSet();
    }

    /// <summary>Nobody knows who comes from there.</summary>
    public bool IsHidden(IPAddress client) => _hidden.Contains(client);

    public bool IsPod(IPAddress client)
    {
        foreach (var network in _pods)
        {
            if (network.Contains(client))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a network lies inside one of pods.</summary>
    public bool IsOfPods(IPNetwork network) =>
        _pods.Any(pods => pods.PrefixLength <= network.PrefixLength && pods.Contains(network.BaseAddress));

    // Where a bridge or a tunnel of the node has its own: the first two.
    private static IEnumerable<IPAddress> Gateways(IPNetwork network)
    {
        yield return network.BaseAddress;
        var octets = network.BaseAddress.GetAddressBytes();
        var next = new BigInteger(octets, isUnsigned: true, isBigEndian: true) + 1;
        var written = next.ToByteArray(isUnsigned: true, isBigEndian: true);
        if (written.Length <= octets.Length)
        {
            var second = new byte[octets.Length];
            written.CopyTo(second, octets.Length - written.Length);
            yield return new IPAddress(second);
        }
    }

    // What lies inside of another one adds nothing to it.
    private static List<IPNetwork> Largest(IEnumerable<IPNetwork> networks)
    {
        List<IPNetwork> largest = [];
        foreach (var network in networks.OrderBy(static network => network.PrefixLength))
        {
            if (!largest.Exists(larger => larger.Contains(network.BaseAddress)))
            {
                largest.Add(network);
            }
        }

        return largest;
    }
}
