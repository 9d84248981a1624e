using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;
using static RelayOperator.Relay.Tests.Delivery.RecipientAnswerTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>How long hubs that keep silent may hold a client up, all of them together.</summary>
public sealed class PatienceTests
{
    private static readonly HubTimeouts Short = new() { Patience = TimeSpan.FromSeconds(2) };

    [Theory]
    [InlineData("BANNER")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    public async Task One_silent_hub_leaves_time_for_another(string where)
    {
        await using var silent = new ScriptedHub();
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([silent, good], First(0), Short);
        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "the first probe");
        silent.On(where, HubAct.Hang);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await SendAsync(client, "x\r\n"), StringComparison.Ordinal);

        Assert.Single(good.Messages);
        Assert.NotEqual("Ejected", relay.HubStatus("ht2").State);
    }

    [Fact]
    public async Task Half_a_reply_before_the_dot_and_nothing_more_is_not_waited_for_for_ever()
    {
        await using var odd = new ScriptedHub().On("DATA", HubAct.Raw("354 Go\r\n25")).On("DOT", HubAct.Hang);
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([odd, good], First(0), Short);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync("x\r\n.\r\n");

        // Out of time: the patience is one for all attempts.
        Assert.StartsWith("451 4.", await client.ReplyAsync(8), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BANNER", false)]
    [InlineData("MAIL", false)]
    [InlineData("RCPT", false)]
    [InlineData("DATA", true)]
    public async Task Many_silent_hubs_cost_a_client_no_more_than_one_patience(string where, bool atDot)
    {
        ScriptedHub[] hubs = [new(), new(), new(), new(), new()];
        await using var relay = await TestRelay.StartAsync(hubs, timeouts: Short);
        await Eventually.True(() => relay.Status.Hubs.All(hub => hub.State == "Healthy"), "the first probes");
        foreach (var hub in hubs)
        {
            hub.On(where, HubAct.Hang);
        }

        using var client = await relay.GreetAsync();
        await client.AskAsync("MAIL FROM:<a@b.test>");
        var started = TimeProvider.System.GetTimestamp();
        var reply = await client.AskAsync("RCPT TO:<c@d.test>");
        if (atDot)
        {
            Assert.StartsWith("250", reply, StringComparison.Ordinal);
            await client.AskAsync("DATA");
            started = TimeProvider.System.GetTimestamp();
            reply = await client.AskAsync("x\r\n.");
        }

        Assert.StartsWith("451 4.", reply, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1, 5);
        // Each had too little time for its silence to say anything.
        Assert.DoesNotContain(relay.Status.Hubs, hub => hub.State is "Ejected" or "Down");
        await Eventually.True(() => relay.Status.Hubs.All(hub => hub.InFlight == 0), "the hubs are free again");
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_probe_that_is_given_up_leaves_no_connection_behind()
    {
        await using var silent = new ScriptedHub().On("BANNER", HubAct.Hang);
        await using var relay = await TestRelay.StartAsync([silent], config => config with
        {
            Health = config.Health with { Probe = config.Health.Probe with { IntervalSeconds = 1, TimeoutSeconds = 1 } },
        });

        await Eventually.True(() => silent.Connections >= 2, "probes have begun");
        await Eventually.True(() => silent.OpenConnections < silent.Connections, "what was given up is closed");
    }
}
