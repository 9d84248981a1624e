using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

/// <summary>Clients that come from what can only be a node's own address.</summary>
public sealed class HiddenClientTests
{
    [Fact]
    public async Task They_may_not_relay_by_their_address_and_it_is_told()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with
        {
            Cluster = new ClusterAddressesConfig([IPAddress.Parse("127.0.0.9")], [IPNetwork.Parse("127.8.0.0/24")]),
        });
        Assert.Empty(relay.Status.HiddenClients);
        foreach (var hidden in (string[])["127.0.0.9", "127.8.0.1"])
        {
            using var refused = await SmtpWire.ConnectAsync(relay.Address, IPAddress.Parse(hidden));
            Assert.StartsWith("554 5.7.1", await refused.ReplyAsync(), StringComparison.Ordinal);
        }

        using var wire = await relay.GreetAsync();
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Equal(["127.0.0.9", "127.8.0.1"], relay.Status.HiddenClients);
        var metrics = await new RelayAdmin(IPEndPoint.Parse(new Uri(relay.Host.AdminAddress).Authority)).GetAsync("metrics");
        Assert.Contains("relay_sessions_hidden_total{listener=\"smtp\"} 2\n", metrics, StringComparison.Ordinal);
    }
}
