using DnsClient;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Discovery;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>The hubs in use follow configuration and DNS; those that stay keep what is known of them.</summary>
public sealed class HubDirectoryTests : IAsyncDisposable
{
    private readonly DnsStub _dns = new();
    private readonly ScriptedHub _server = new();
    private readonly DeadlineSweep _sweep = new(TimeProvider.System);
    private readonly HubDirectory _directory;

    public HubDirectoryTests()
    {
        var resolver = new HubResolver(new LookupClient(new LookupClientOptions(_dns.EndPoint) { UseCache = false, ThrowDnsErrors = false }));
        _directory = new HubDirectory(resolver, _sweep, new HubTimeouts(), new AccessTokens(TimeProvider.System, NullLogger<AccessTokens>.Instance), new Random(1), NullLogger<HubDirectory>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync();
        await _server.DisposeAsync();
        await _dns.DisposeAsync();
        _sweep.Dispose();
    }

    [Fact]
    public async Task An_address_that_DNS_drops_is_let_go_and_the_others_stay_what_they_are()
    {
        _dns.Set("hub.test", "A", 1, "127.0.0.1", "127.0.0.2");
        _directory.Apply(Pool(Discovered()));
        await Eventually.True(() => _directory.Hubs.Length == 2, "both addresses are hubs");
        var kept = Addressed("127.0.0.1");
        await Eventually.True(() => kept.Health.State == HubHealthState.Healthy, "the first probe is through");

        _dns.Set("hub.test", "A", 1, "127.0.0.3", "127.0.0.1");
        await Eventually.True(() => _directory.Hubs.Any(hub => $"{hub.EndPoint}".StartsWith("127.0.0.3", StringComparison.Ordinal)), "the new address is a hub");

        Assert.Equal(2, _directory.Hubs.Length);
        Assert.Same(kept, Addressed("127.0.0.1"));
        Assert.Equal(HubHealthState.Healthy, kept.Health.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_answer_stays_in_use_while_DNS_fails_or_knows_nothing(bool fails)
    {
        _dns.Set("hub.test", "A", 1, "127.0.0.1");
        _directory.Apply(Pool(Discovered()));
        await Eventually.True(() => _directory.Hubs.Length == 1, "the address is a hub");

        _dns.Fails = fails;
        _dns.Set("hub.test", "A", 1);
        var asked = _dns.Queries;
        await Eventually.True(() => _dns.Queries >= asked + 2, "it was asked again");

        Assert.Single(_directory.Hubs);
    }

    [Fact]
    public async Task A_hub_that_DNS_does_not_know_at_first_appears_when_it_does()
    {
        _dns.Fails = true;
        _directory.Apply(Pool(Discovered()));
        await Eventually.True(() => _dns.Queries > 0, "it was asked");
        Assert.Empty(_directory.Hubs);

        _dns.Set("hub.test", "A", 60, "127.0.0.1");
        _dns.Fails = false;
        await Eventually.True(() => _directory.Hubs.Length == 1, "it appears");
    }

    [Fact]
    public void A_hub_that_changes_in_place_keeps_what_is_known_of_it_and_one_that_moves_does_not()
    {
        var hub = TestRelay.Hub("ht1", _server.Port);
        _directory.Apply(Pool(hub));
        var before = Assert.Single(_directory.Hubs);

        _directory.Apply(Pool(hub with { Weight = 7 }));
        Assert.Same(before, Assert.Single(_directory.Hubs));
        Assert.Equal(7, before.Config.Weight);

        _directory.Apply(Pool(hub with { Host = "127.0.0.2" }));
        Assert.NotSame(before, Assert.Single(_directory.Hubs));

        _directory.Apply(Pool());
        Assert.Empty(_directory.Hubs);
    }

    [Fact]
    public async Task Preference_and_weight_of_DNS_add_to_the_hubs_own()
    {
        _dns.Set("hub.test", "SRV", 60, $"10 30 {_server.Port} a.test", $"20 0 {_server.Port} b.test")
            .Set("a.test", "A", 60, "127.0.0.1").Set("b.test", "A", 60, "127.0.0.2");
        _directory.Apply(Pool(Discovered() with { Discovery = HubDiscovery.DnsSrv, Tier = 2 }));
        await Eventually.True(() => _directory.Hubs.Length == 2, "both are hubs");

        Assert.Equal((2, 30, "a.test"), Facts(Addressed("127.0.0.1")));
        Assert.Equal((3, 1, "b.test"), Facts(Addressed("127.0.0.2")));
        Assert.All(_directory.Hubs, hub => Assert.Equal("ht1", hub.Name));
    }

    [Fact]
    public async Task A_hub_without_weight_gets_none_from_DNS()
    {
        _dns.Set("hub.test", "SRV", 60, $"10 30 {_server.Port} a.test").Set("a.test", "A", 60, "127.0.0.1");
        _directory.Apply(Pool(Discovered() with { Discovery = HubDiscovery.DnsSrv, Weight = 0 }));
        await Eventually.True(() => _directory.Hubs.Length == 1, "it is a hub");

        Assert.Equal(0, _directory.Hubs[0].Config.Weight);
    }

    private HubConfig Discovered() => TestRelay.Hub("ht1", _server.Port) with { Host = "hub.test", Discovery = HubDiscovery.DnsAddresses };

    private static PoolConfig Pool(params HubConfig[] hubs) => TestRelay.Pool(hubs);

    private Hub Addressed(string address) => _directory.Hubs.Single(hub => $"{hub.EndPoint}".StartsWith(address + ":", StringComparison.Ordinal));

    private static (int Tier, int Weight, string Host) Facts(Hub hub) => (hub.Config.Tier, hub.Config.Weight, hub.Config.Host);
}
