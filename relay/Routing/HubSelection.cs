using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>Which of several eligible hubs is next. Pure but for the clock behind shares, the turns and the dice.</summary>
public static class HubSelection
{
    /// <param name="route">The hubs.</param>
    /// <param name="eligible">Places of those to choose from; at least one.</param>
    /// <param name="balancing">The policy.</param>
    /// <param name="client">For ClientHash.</param>
    /// <param name="random">For LeastLoaded.</param>
    public static Hub Choose(Route route, ReadOnlySpan<int> eligible, BalancingConfig balancing, IPAddress client, Random random) =>
        balancing.Policy switch
        {
            BalancingPolicy.RoundRobin => RoundRobin(route, eligible),
            BalancingPolicy.ClientHash => ClientHash(route, eligible, ClientKey(client, balancing)),
            _ => LeastLoaded(route, eligible, random),
        };

    // Two choices, each by weight; the one with less to do for its weight gets it.
    private static Hub LeastLoaded(Route route, ReadOnlySpan<int> eligible, Random random)
    {
        if (eligible.Length == 1)
        {
            return route.Hubs[eligible[0]];
        }

        var first = ByWeight(route, eligible, null, random);
        var second = ByWeight(route, eligible, first, random);
        return Load(first, random) <= Load(second, random) ? first : second;
    }

    // What it would have to do. Of the new message only a random part counts: equals alternate, and where there is next
    // to nothing to do the lighter ones get their share too.
    private static double Load(Hub hub, Random random) => (hub.InFlight + hub.Penalty + random.NextDouble()) / Weight(hub);

    private static double Weight(Hub hub) => hub.Config.Weight * hub.Health.Share();

    private static Hub ByWeight(Route route, ReadOnlySpan<int> eligible, Hub? except, Random random)
    {
        var total = 0.0;
        foreach (var index in eligible)
        {
            total += ReferenceEquals(route.Hubs[index], except) ? 0 : Weight(route.Hubs[index]);
        }

        var at = random.NextDouble() * total;
        Hub? last = null;
        foreach (var index in eligible)
        {
            if (ReferenceEquals(route.Hubs[index], except))
            {
                continue;
            }

            last = route.Hubs[index];
            at -= Weight(last);
            if (at < 0)
            {
                break;
            }
        }

        return last!;
    }

    // Smooth weighted round robin: everyone gains its weight, the richest goes and pays for all.
    private static Hub RoundRobin(Route route, ReadOnlySpan<int> eligible)
    {
        lock (route.Turns)
        {
            var total = 0.0;
            var best = eligible[0];
            foreach (var index in eligible)
            {
                var weight = Weight(route.Hubs[index]);
                total += weight;
                route.Turns[index] += weight;
                if (route.Turns[index] > route.Turns[best])
                {
                    best = index;
                }
            }

            route.Turns[best] -= total;
            return route.Hubs[best];
        }
    }

    // Weighted rendezvous hashing: a hub that goes or comes moves only its own clients, and one that ramps up gets them
    // back little by little.
    private static Hub ClientHash(Route route, ReadOnlySpan<int> eligible, ulong client)
    {
        var best = route.Hubs[eligible[0]];
        var bestScore = double.NegativeInfinity;
        foreach (var index in eligible)
        {
            var hub = route.Hubs[index];
            var unit = ((Mix(client ^ Hash(hub.Id)) >> 12) + 0.5) / (1UL << 52);
            var score = -Weight(hub) / Math.Log(unit);
            if (score > bestScore)
            {
                (best, bestScore) = (hub, score);
            }
        }

        return best;
    }

    private static ulong ClientKey(IPAddress client, BalancingConfig balancing)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        _ = client.TryWriteBytes(bytes, out _);
        var prefix = client.AddressFamily == AddressFamily.InterNetwork ? balancing.ClientHashPrefix : balancing.ClientHashPrefixV6;
        for (var i = 0; i < bytes.Length; i++)
        {
            var bits = Math.Clamp(prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF00 >> bits);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }

    // FNV-1a: the same on every pod and in every process, as string hash codes are not.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return hash;
    }

    // The finaliser of SplitMix64: spreads every input bit over the result.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
