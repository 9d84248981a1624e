using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using CsCheck;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Access;

public sealed class AccessTableTests
{
    private static readonly AccessTable Table = Of(
        TestRelay.Rule("all-v4", "0.0.0.0/0"),
        TestRelay.Rule("ten", "10.0.0.0/8", "fd00::/8"),
        TestRelay.Rule("floor", "10.20.0.0/16", "fd00:20::/32"),
        TestRelay.Rule("scanner", "10.20.30.40/32", "fd00:20::40/128"));

    [Theory]
    [InlineData("192.0.2.1", "all-v4")]
    [InlineData("10.1.2.3", "ten")]
    [InlineData("10.20.0.0", "floor")]
    [InlineData("10.20.255.255", "floor")]
    [InlineData("10.21.0.0", "ten")]
    [InlineData("10.20.30.40", "scanner")]
    [InlineData("10.20.30.41", "floor")]
    [InlineData("fd00:21::1", "ten")]
    [InlineData("fd00:20::1", "floor")]
    [InlineData("fd00:20::40", "scanner")]
    public void The_most_specific_network_wins(string client, string rule) =>
        Assert.Equal(rule, Table.Find(IPAddress.Parse(client))?.Config.Name);

    [Theory]
    [InlineData("2001:db8::1")]
    [InlineData("::1")]
    [InlineData("fe80::1%2")]
    public void Nobody_relays_without_a_rule(string client) => Assert.Null(Table.Find(IPAddress.Parse(client)));

    [Fact]
    public void An_empty_table_lets_nobody_relay() => Assert.Null(Of().Find(IPAddress.Loopback));

    [Theory]
    [InlineData("::ffff:10.20.30.40", "scanner")]
    [InlineData("::ffff:192.0.2.1", "all-v4")]
    public void An_IPv4_address_in_the_guise_of_IPv6_is_IPv4(string client, string rule) =>
        Assert.Equal(rule, Table.Find(IPAddress.Parse(client))?.Config.Name);

    [Theory]
    [InlineData("10.9.0.1", null)]
    [InlineData("::ffff:10.9.0.1", null)]
    [InlineData("10.244.1.0", null)]
    [InlineData("10.244.1.1", null)]
    [InlineData("10.244.1.2", "pods")]
    [InlineData("10.244.7.7", "app")]
    [InlineData("10.244.200.1", "pods")]
    [InlineData("10.245.0.1", "ten")]
    [InlineData("192.0.2.1", "all")]
    [InlineData("fd00:9::1", "proven")]
    [InlineData("fd00:244::9", "proven")]
    [InlineData("2001:db8::1", "proven")]
    public void In_a_cluster_an_address_of_a_node_or_pod_opens_nothing_that_was_meant_for_others(string client, string? rule)
    {
        var table = new AccessTable(
            [
                TestRelay.Rule("all", "0.0.0.0/0"),
                TestRelay.Rule("proven", "::/0") with { ClientCertificates = ["erp.test"] },
                TestRelay.Rule("ten", "10.0.0.0/8", "fd00::/8"),
                TestRelay.Rule("pods", "10.244.0.0/16"),
                TestRelay.Rule("app", "10.244.7.0/24"),
                TestRelay.Rule("node", "10.9.0.1/32"),
            ],
            null,
            new ClusterAddressesConfig(
                [IPAddress.Parse("10.9.0.1"), IPAddress.Parse("fd00:9::1")],
                [IPNetwork.Parse("10.244.1.0/24"), IPNetwork.Parse("10.244.0.0/16"), IPNetwork.Parse("fd00:244::/64")]));
        Assert.Equal(rule, table.Find(IPAddress.Parse(client))?.Config.Name);
        Assert.Equal(rule is null || client == "fd00:9::1", table.IsHidden(IPAddress.Parse(client).IsIPv4MappedToIPv6 ? IPAddress.Parse(client).MapToIPv4() : IPAddress.Parse(client)));
    }

    [Fact]
    public void Networks_of_pods_at_the_end_of_all_addresses_are_networks_too()
    {
        var table = new AccessTable([TestRelay.Rule("all", "0.0.0.0/0")], null, new ClusterAddressesConfig([], [IPNetwork.Parse("255.255.255.255/32"), IPNetwork.Parse("10.244.255.255/32")]));
        Assert.True(table.IsHidden(IPAddress.Parse("255.255.255.255")));
        Assert.True(table.IsHidden(IPAddress.Parse("10.245.0.0")));
    }

    [Fact]
    public void A_rule_of_all_IPv6_lets_no_IPv4_client_in()
    {
        var table = Of(TestRelay.Rule("all-v6", "::/0"));
        Assert.Null(table.Find(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.Null(table.Find(IPAddress.Parse("192.0.2.1")));
        Assert.NotNull(table.Find(IPAddress.Parse("2001:db8::1")));
    }

    [Fact]
    public void What_is_found_is_what_a_look_at_every_network_finds()
    {
        Gen.Select(Network.Array[0, 40], Address.Array[20]).Sample((networks, clients) =>
        {
            var distinct = networks.Distinct().ToList();
            var table = Of([.. distinct.Select(network => TestRelay.Rule(network.ToString(), network.ToString()))]);
            foreach (var client in clients)
            {
                var longest = distinct.Where(network => network.Contains(client)).OrderByDescending(network => network.PrefixLength).ToList();
                Assert.Equal(longest.Count == 0 ? null : longest[0].ToString(), table.Find(client)?.Config.Name);
            }
        }, iter: 500);
    }

    [Fact]
    public void Sessions_count_on_across_a_change_of_the_rules()
    {
        var before = Of(TestRelay.Rule("lob", "10.0.0.0/8") with { MaxConnections = 1 });
        var admission = new Admission();
        Assert.Equal(AdmissionResult.Admitted, Admit(admission, before, out var ticket));

        var after = new AccessTable([TestRelay.Rule("lob", "10.0.0.0/8") with { MaxConnections = 2 }], before);
        Assert.Equal(AdmissionResult.Admitted, Admit(admission, after, out var second));
        Assert.Equal(AdmissionResult.RuleFull, Admit(admission, after, out _));
        ticket!.Dispose();
        second!.Dispose();

        Assert.Equal(0, after.Find(IPAddress.Parse("10.0.0.1"))!.Sessions);
        Assert.Equal(0, admission.Sessions);
    }

    // Few bits vary, so that networks overlap and hold clients.
    private static Gen<IPAddress> Address => Gen.Select(Gen.Bool, Gen.Int[0, 15], Gen.Int[0, 3], (v6, first, last) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{(v6 ? "fd00:" : "10.")}{first}{(v6 ? "::" : ".0.")}{last}")));

    private static Gen<IPNetwork> Network => Gen.Select(Address, Gen.Int[0, 128], (address, length) =>
    {
        var octets = address.GetAddressBytes();
        var kept = Math.Min(length, octets.Length * 8);
        for (var i = 0; i < octets.Length; i++)
        {
            octets[i] &= (byte)(0xFF00 >> Math.Clamp(kept - (i * 8), 0, 8));
        }

        return new IPNetwork(new IPAddress(octets), kept);
    });

    private static AdmissionResult Admit(Admission admission, AccessTable table, out AdmissionTicket? ticket) =>
        admission.TryAdmit(IPAddress.Parse("10.0.0.1"), table.Find(IPAddress.Parse("10.0.0.1")), new LimitsConfig(10, 10, 1, 1, 0, 1, 1, 1), out ticket);

    private static AccessTable Of(params ImmutableArray<AccessRuleConfig> rules) => new(rules, null);
}
