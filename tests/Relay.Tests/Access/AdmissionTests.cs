using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Access;

/// <summary>Who is let in, over real connections.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public async Task Who_no_rule_could_ever_fit_hears_554_at_connect_and_nothing_more()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Access = [TestRelay.Rule("elsewhere", "10.0.0.0/8")] });
        using var wire = await SmtpWire.ConnectAsync(relay.Address);

        Assert.StartsWith("554 5.7.1 ", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
        Assert.Equal(0, relay.Status.Sessions);
    }

    [Fact]
    public async Task Each_limit_on_connections_answers_421_and_gives_its_place_back()
    {
        await using var hub = new ScriptedHub();
        var two = IPAddress.Parse("127.0.0.2");
        await using var relay = await TestRelay.StartAsync([hub], config => config with
        {
            Access = [TestRelay.Rule("local", "127.0.0.0/8") with { MaxConnections = 3 }, TestRelay.Rule("three", "127.0.0.3/32")],
            Limits = config.Limits with { MaxConnections = 4, MaxConnectionsPerClient = 2 },
        });

        using var first = await relay.ConnectAsync();
        using var second = await relay.ConnectAsync();
        await IsRefusedAsync(relay, IPAddress.Loopback, "421 4.7.0 Too many sessions from your address");
        using var third = await relay.ConnectAsync(two);
        await IsRefusedAsync(relay, two, "421 4.7.0 Too many sessions under your access rule");
        using var fourth = await relay.ConnectAsync(IPAddress.Parse("127.0.0.3"));
        await IsRefusedAsync(relay, IPAddress.Parse("127.0.0.3"), "421 4.7.0 Too many sessions in this pool");

        await first.AskAsync("QUIT");
        third.Reset();
        await Eventually.True(() => relay.Status.Sessions == 2, "two sessions are gone");
        using var fifth = await relay.ConnectAsync();
        using var sixth = await relay.ConnectAsync(two);
        Assert.StartsWith("250", await fifth.AskAsync("HELO a.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sixth.AskAsync("HELO a.test"), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_comes_and_goes_at_once_from_everywhere_leaves_no_count_behind()
    {
        var table = new AccessTable([TestRelay.Rule("all", "0.0.0.0/0") with { MaxConnections = 20 }], null);
        var admission = new Admission();
        var limits = new LimitsConfig(30, 4, 1, 1, 0, 1, 1, 1);
        var most = 0;
        Parallel.For(0, 8, who =>
        {
            var address = new IPAddress([10, 0, 0, (byte)(who % 3)]);
            for (var i = 0; i < 5000; i++)
            {
                if (admission.TryAdmit(address, table.Find(address), limits, out var ticket) == AdmissionResult.Admitted)
                {
                    most = Math.Max(most, admission.Sessions);
                    ticket!.Dispose();
                }
            }
        });

        Assert.InRange(most, 1, 30);
        Assert.Equal(0, admission.Sessions);
        Assert.Equal(0, table.Find(IPAddress.Parse("10.0.0.1"))!.Sessions);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(AdmissionResult.Admitted, admission.TryAdmit(IPAddress.Parse("10.0.0.1"), table.Find(IPAddress.Parse("10.0.0.1")), limits, out _));
        }

        Assert.Equal(AdmissionResult.ClientFull, admission.TryAdmit(IPAddress.Parse("10.0.0.1"), table.Find(IPAddress.Parse("10.0.0.1")), limits, out _));
    }

    private static async Task IsRefusedAsync(TestRelay relay, IPAddress from, string reply)
    {
        using var wire = await SmtpWire.ConnectAsync(relay.Address, from);
        Assert.StartsWith(reply, await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
    }
}
