using System.Globalization;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Routing;

public sealed class HubSelectionTests : IDisposable
{
    private static readonly IPAddress Client = IPAddress.Parse("10.0.0.1");

    private readonly Pond _pond = new();
    private readonly Random _random = new(42);

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void LeastLoaded_of_two_equals_always_takes_the_one_with_less_to_do()
    {
        var hubs = Hubs(100, 100);
        Assert.True(hubs[0].TryEnter());

        Assert.Equal([0, 1000], Counts(BalancingPolicy.LeastLoaded, hubs, 1000));
    }

    [Fact]
    public void LeastLoaded_shares_evenly_among_equals_that_are_idle()
    {
        Assert.All(Counts(BalancingPolicy.LeastLoaded, Hubs(100, 100), 10_000), count => Assert.InRange(count, 4700, 5300));
        Assert.All(Counts(BalancingPolicy.LeastLoaded, Hubs(100, 100, 100, 100), 10_000), count => Assert.InRange(count, 2200, 2800));
    }

    [Fact]
    public void LeastLoaded_gives_a_lighter_hub_some_of_the_mail_even_where_all_are_idle()
    {
        var counts = Counts(BalancingPolicy.LeastLoaded, Hubs(100, 50), 10_000);

        Assert.InRange(counts[1], 2200, 2800);
    }

    [Fact]
    public void LeastLoaded_fills_hubs_by_weight()
    {
        var hubs = Hubs(100, 300);
        for (var i = 0; i < 40; i++)
        {
            var chosen = Choose(BalancingPolicy.LeastLoaded, hubs);
            Assert.True(chosen.TryEnter());
        }

        Assert.InRange(hubs[0].InFlight, 9, 11);
    }

    [Fact]
    public void LeastLoaded_never_takes_the_busiest_of_many_equals()
    {
        var hubs = Hubs(100, 100, 100, 100, 100);
        Assert.True(hubs[3].TryEnter());

        Assert.Equal(0, Counts(BalancingPolicy.LeastLoaded, hubs, 5000)[3]);
    }

    [Fact]
    public void A_hub_that_refuses_fast_attracts_nothing_until_that_is_a_while_ago()
    {
        var hubs = Hubs(100, 100);
        hubs[0].Penalize();
        Assert.True(hubs[1].TryEnter());
        Assert.Equal(0, Counts(BalancingPolicy.LeastLoaded, hubs, 1000)[0]);

        _pond.Pass(60);

        Assert.Equal(1000, Counts(BalancingPolicy.LeastLoaded, hubs, 1000)[0]);
    }

    [Fact]
    public void RoundRobin_is_exact_and_spreads_the_heavy_one_out()
    {
        var hubs = Hubs(500, 100, 100);
        var route = Pond.Route(hubs);

        var order = Enumerable.Range(0, 14).Select(_ => Array.IndexOf(hubs, Choose(BalancingPolicy.RoundRobin, hubs, route: route)));

        Assert.Equal([0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0], order);
    }

    [Fact]
    public void RoundRobin_stays_exact_among_those_that_are_left()
    {
        var hubs = Hubs(100, 100, 100);
        var route = Pond.Route(hubs);
        var counts = new int[3];
        for (var i = 0; i < 300; i++)
        {
            counts[Array.IndexOf(hubs, HubSelection.Choose(route, [0, 2], Balancing(BalancingPolicy.RoundRobin), Client, _random))]++;
        }

        Assert.Equal([150, 0, 150], counts);
    }

    [Fact]
    public void A_hub_in_slow_start_gets_its_share_only_whatever_the_policy()
    {
        var hubs = Hubs(100, 100);
        hubs[1].Health.Eject("fails");
        hubs[1].Health.Succeeded(onTrial: true);

        Assert.InRange(Counts(BalancingPolicy.RoundRobin, hubs, 1100)[1], 99, 101);
        Assert.InRange(Counts(BalancingPolicy.LeastLoaded, hubs, 1000)[1], 1, 100);
        Assert.InRange(CountsByClient(hubs)[1], 50, 150);
    }

    [Fact]
    public void ClientHash_sends_a_client_to_the_same_hub_always_and_clients_by_weight()
    {
        var hubs = Hubs(100, 300);

        Assert.Equal(CountsByClient(hubs), CountsByClient(hubs));
        Assert.InRange(CountsByClient(hubs)[1], 700, 800);
    }

    [Fact]
    public void ClientHash_moves_only_the_clients_of_a_hub_that_goes()
    {
        var hubs = Hubs(100, 100, 100);
        var route = Pond.Route(hubs);
        foreach (var client in Clients())
        {
            var before = HubSelection.Choose(route, [0, 1, 2], Balancing(BalancingPolicy.ClientHash), client, _random);
            var after = HubSelection.Choose(route, [0, 2], Balancing(BalancingPolicy.ClientHash), client, _random);
            Assert.True(before == hubs[1] || before == after);
        }
    }

    [Fact]
    public void ClientHash_does_not_depend_on_the_order_of_hubs()
    {
        var hubs = Hubs(100, 200, 300);
        Hub[] reversed = [hubs[2], hubs[1], hubs[0]];
        Assert.All(Clients(), client => Assert.Same(
            Choose(BalancingPolicy.ClientHash, hubs, client),
            Choose(BalancingPolicy.ClientHash, reversed, client)));
    }

    [Theory]
    [InlineData("10.1.2.0/24", 24, 64)]
    [InlineData("10.1.0.0/17", 17, 64)]
    [InlineData("2001:db8:1:2::/64", 32, 64)]
    [InlineData("2001:db8:1::/48", 32, 48)]
    [InlineData("2001:db8:1:2:3::/80", 32, 80)]
    public void ClientHash_keeps_a_network_together_and_spreads_networks(string network, int prefix, int prefixV6)
    {
        var hubs = Hubs(100, 100, 100, 100, 100, 100, 100);
        var balancing = Balancing(BalancingPolicy.ClientHash) with { ClientHashPrefix = prefix, ClientHashPrefixV6 = prefixV6 };
        var within = IPNetwork.Parse(network);
        HashSet<Hub> together = [], apart = [];
        for (var i = 0; i < 64; i++)
        {
            together.Add(ChooseFor(Varied(within, i, host: true)));
            apart.Add(ChooseFor(Varied(within, i, host: false)));
        }

        Assert.Single(together);
        Assert.True(apart.Count >= 4, $"{apart.Count} hubs");

        Hub ChooseFor(IPAddress client) => HubSelection.Choose(Pond.Route(hubs), All(hubs), balancing, client, _random);
    }

    // Changes the bits right behind the prefix, or the ones right before its end.
    private static IPAddress Varied(IPNetwork network, int i, bool host)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        for (var bit = 0; bit < 6; bit++)
        {
            var at = host ? network.PrefixLength + bit : network.PrefixLength - 1 - bit;
            bytes[at / 8] ^= (byte)(((i >> bit) & 1) << (7 - (at % 8)));
        }

        return new IPAddress(bytes);
    }

    private static IEnumerable<IPAddress> Clients() =>
        Enumerable.Range(0, 1000).Select(i => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250}")));

    private static BalancingConfig Balancing(BalancingPolicy policy) => new(policy, 32, 64, true, 30);

    private static int[] All(Hub[] hubs) => [.. Enumerable.Range(0, hubs.Length)];

    private Hub[] Hubs(params int[] weights) => [.. weights.Select(weight => _pond.Hub(config => config with
    {
        Weight = weight,
        Limits = config.Limits with { MaxConnections = 1000 },
    }))];

    private Hub Choose(BalancingPolicy policy, Hub[] hubs, IPAddress? client = null, Route? route = null) =>
        HubSelection.Choose(route ?? Pond.Route(hubs), All(hubs), Balancing(policy), client ?? Client, _random);

    private int[] Counts(BalancingPolicy policy, Hub[] hubs, int messages)
    {
        var route = Pond.Route(hubs);
        var counts = new int[hubs.Length];
        for (var i = 0; i < messages; i++)
        {
            counts[Array.IndexOf(hubs, Choose(policy, hubs, route: route))]++;
        }

        return counts;
    }

    private int[] CountsByClient(Hub[] hubs)
    {
        var counts = new int[hubs.Length];
        foreach (var client in Clients())
        {
            counts[Array.IndexOf(hubs, Choose(BalancingPolicy.ClientHash, hubs, client))]++;
        }

        return counts;
    }
}
