using System.Globalization;
using DnsClient;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs.Discovery;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs.Discovery;

/// <summary>What DNS says, and the endpoints that it makes. Each is written "address target tier weight".</summary>
public sealed class HubResolverTests : IAsyncDisposable
{
    private readonly DnsStub _dns = new();

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Fact]
    public async Task Static_is_the_host_as_it_stands_and_asks_nobody()
    {
        Assert.Equal(["Unspecified/hub.test:25 hub.test 0 0"], Words(await ResolveAsync(HubDiscovery.Static)));
        Assert.Equal(0, _dns.Queries);
    }

    [Fact]
    public async Task DnsAddresses_is_every_address_of_the_name()
    {
        _dns.Set("hub.test", "A", 60, "192.0.2.1", "192.0.2.2").Set("hub.test", "AAAA", 20, "2001:db8::1");

        var found = await ResolveAsync(HubDiscovery.DnsAddresses);

        Assert.Equal(["192.0.2.1:25 hub.test 0 0", "192.0.2.2:25 hub.test 0 0", "[2001:db8::1]:25 hub.test 0 0"], Words(found));
        Assert.Equal(TimeSpan.FromSeconds(20), found.Ttl);
    }

    [Fact]
    public async Task DnsMx_makes_a_tier_of_each_preference()
    {
        _dns.Set("hub.test", "MX", 60, "20 b.test", "10 a.test", "20 c.test")
            .Set("a.test", "A", 90, "192.0.2.1").Set("b.test", "A", 90, "192.0.2.2").Set("c.test", "A", 90, "192.0.2.3");

        var found = await ResolveAsync(HubDiscovery.DnsMx);

        Assert.Equal(["192.0.2.1:25 a.test 0 0", "192.0.2.2:25 b.test 1 0", "192.0.2.3:25 c.test 1 0"], Words(found));
        Assert.Equal(TimeSpan.FromSeconds(60), found.Ttl);
    }

    [Fact]
    public async Task DnsSrv_brings_port_priority_and_weight()
    {
        _dns.Set("hub.test", "SRV", 60, "10 70 2525 a.test", "10 0 2526 b.test", "20 30 25 a.test")
            .Set("a.test", "A", 60, "192.0.2.1").Set("b.test", "A", 60, "192.0.2.2");

        var found = await ResolveAsync(HubDiscovery.DnsSrv);

        Assert.Equal(["192.0.2.1:2525 a.test 0 70", "192.0.2.2:2526 b.test 0 1", "192.0.2.1:25 a.test 1 30"], Words(found));
    }

    [Theory]
    [InlineData(HubDiscovery.DnsMx, "MX", "0 .")]
    [InlineData(HubDiscovery.DnsSrv, "SRV", "0 0 0 .")]
    public async Task A_name_that_says_it_takes_nothing_has_no_endpoint(HubDiscovery discovery, string type, string record)
    {
        _dns.Set("hub.test", type, 60, record);

        Assert.Empty((await ResolveAsync(discovery)).EndPoints);
    }

    [Theory]
    [InlineData(HubDiscovery.DnsAddresses)]
    [InlineData(HubDiscovery.DnsMx)]
    [InlineData(HubDiscovery.DnsSrv)]
    public async Task An_unknown_name_has_no_endpoint_and_is_asked_about_again_soon(HubDiscovery discovery)
    {
        var found = await ResolveAsync(discovery);

        Assert.Empty(found.EndPoints);
        Assert.Equal(TimeSpan.FromSeconds(5), found.Ttl);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(86400, 300)]
    public async Task A_time_to_live_is_kept_within_reason(int ttl, int seconds)
    {
        _dns.Set("hub.test", "A", ttl, "192.0.2.1");

        Assert.Equal(TimeSpan.FromSeconds(seconds), (await ResolveAsync(HubDiscovery.DnsAddresses)).Ttl);
    }

    [Fact]
    public async Task One_address_under_two_names_is_one_endpoint()
    {
        _dns.Set("hub.test", "MX", 60, "10 a.test", "20 b.test").Set("a.test", "A", 60, "192.0.2.1").Set("b.test", "A", 60, "192.0.2.1");

        Assert.Equal(["192.0.2.1:25 a.test 0 0"], Words(await ResolveAsync(HubDiscovery.DnsMx)));
    }

    [Fact]
    public async Task A_server_that_fails_is_no_empty_answer()
    {
        _dns.Fails = true;

        await Assert.ThrowsAsync<DnsResponseException>(() => ResolveAsync(HubDiscovery.DnsAddresses));
    }

    private Task<HubResolution> ResolveAsync(HubDiscovery discovery) =>
        new HubResolver(new LookupClient(new LookupClientOptions(_dns.EndPoint) { UseCache = false, ThrowDnsErrors = false }))
            .ResolveAsync(TestRelay.Hub("ht1", 25) with { Host = "hub.test", Discovery = discovery }, TestContext.Current.CancellationToken);

    private static IEnumerable<string> Words(HubResolution resolution) => resolution.EndPoints.Select(
        endPoint => string.Create(CultureInfo.InvariantCulture, $"{endPoint.Address} {endPoint.TargetHost} {endPoint.TierOffset} {endPoint.Weight}"));
}
