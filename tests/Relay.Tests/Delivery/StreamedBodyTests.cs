using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;
using static RelayOperator.Relay.Tests.Delivery.RecipientAnswerTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>Bodies that are larger than what is gathered first: they stream, and hubs may say things meanwhile.</summary>
public sealed class StreamedBodyTests
{
    [Fact]
    public async Task A_hub_that_refuses_a_body_and_reads_no_further_is_heard_at_once()
    {
        await using var hub = new ScriptedHub().On("BODY", HubAct.SayAndStopReading("554 5.6.0 not this"));
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await AssertRefusedSoonAsync(client);

        Assert.Equal(1, hub.Commands.Count(line => line == "DATA"));
        await Eventually.True(() => relay.HubStatus("ht1").InFlight == 0, "the hub is free again");
    }

    [Fact]
    public async Task A_hub_that_refuses_a_replayed_body_and_reads_no_further_is_heard_at_once()
    {
        await using var first = new ScriptedHub().On("BODY", HubAct.Reset);
        await using var second = new ScriptedHub().On("BODY", HubAct.SayAndStopReading("554 5.6.0 not this"));
        await using var relay = await TestRelay.StartAsync([first, second], First(0));
        using var client = await relay.GreetAsync();

        await AssertRefusedSoonAsync(client);
    }

    [Fact]
    public async Task A_body_that_takes_longer_than_any_reply_may_stays_at_its_hub()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], timeouts: new HubTimeouts { Block = TimeSpan.FromSeconds(1) });
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        var body = Large(600_000);
        await client.SendAsync(body[..400_000]);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var at = 400_000; at < 600_000; at += 20_000)
        {
            await tick.WaitForNextTickAsync();
            await client.SendAsync(body[at..Math.Min(body.Length, at + 20_000)]);
        }

        Assert.StartsWith("250", await client.AskAsync(body[600_000..] + "."), StringComparison.Ordinal);

        Assert.Equal(body, Assert.Single(hub.Messages).Untraced);
        Assert.Equal(1, hub.Commands.Count(line => line == "DATA"));
    }

    [Fact]
    public async Task A_verdict_that_hangs_behind_a_streamed_body_is_given_up_when_the_hub_is_dead()
    {
        await using var frozen = new ScriptedHub();
        frozen.On("DOT", _ =>
        {
            frozen.On("BANNER", HubAct.Hang);
            return HubAct.Hang;
        });
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([frozen, good], config => First(0)(config) with
        {
            Health = new HealthConfig(new ProbeConfig(ProbeDepth.Ehlo, 1, 1, 2, 2), new EjectionConfig(3, 10, 300)),
        });
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        var body = Large(600_000);
        await client.SendAsync(body + ".\r\n");

        Assert.StartsWith("250", await client.ReplyAsync(20), StringComparison.Ordinal);

        Assert.Equal(body, Assert.Single(good.Messages).Untraced);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(600_000)]
    public async Task A_client_that_pauses_gives_the_hub_back_and_gets_its_message_through_all_the_same(int octets)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], Scarce);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        Assert.Equal(1, relay.HubStatus("ht1").InFlight);
        await Eventually.True(() => relay.HubStatus("ht1").InFlight == 0, "the hub is free while the client thinks");
        await client.AskAsync("RCPT TO:<second@to.test>");
        await client.AskAsync("DATA");
        var body = Large(octets);
        await client.SendAsync(body[..^10]);
        await Eventually.True(() => relay.HubStatus("ht1").InFlight == 0, "the hub is free while the client dawdles");
        Assert.Empty(hub.Messages);

        Assert.StartsWith("250", await client.AskAsync(body[^10..] + "."), StringComparison.Ordinal);

        var message = Assert.Single(hub.Messages);
        Assert.Equal(body, message.Untraced);
        Assert.Equal(2, message.Recipients.Count);
    }

    [Fact]
    public async Task A_client_that_is_slow_without_a_pause_gives_a_busy_hub_back()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], Scarce);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        var body = Large(900_000);
        await client.SendAsync(body[..400_000]);
        await Eventually.True(() => hub.Commands.Contains("DATA"), "it streams");
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var at = 400_000;
        while (relay.HubStatus("ht1").InFlight != 0 && at < 700_000)
        {
            await tick.WaitForNextTickAsync();
            await client.SendAsync(body[at..(at + 10_000)]);
            at += 10_000;
        }

        Assert.InRange(at, 400_000, 690_000);
        Assert.StartsWith("250", await client.AskAsync(body[at..] + "."), StringComparison.Ordinal);
        Assert.Equal(body, Assert.Single(hub.Messages).Untraced);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_sends_an_octet_now_and_then_gives_a_busy_hub_back_long_before_it_is_cut_off(bool inBody)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], Scarce);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        if (inBody)
        {
            await client.AskAsync("DATA");
        }

        Assert.Equal(1, relay.HubStatus("ht1").InFlight);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        for (var octets = 0; relay.HubStatus("ht1").InFlight != 0; octets++)
        {
            Assert.True(octets < 30, "the hub is free");
            await tick.WaitForNextTickAsync();
            await client.SendAsync("x");
        }
    }

    [Fact]
    public async Task Large_bodies_leave_small_ones_their_way()
    {
        await using var first = new ScriptedHub();
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second]);
        var body = Large(1_000_000);
        var large = Enumerable.Range(0, 6).Select(async _ =>
        {
            using var client = await relay.GreetAsync();
            return await SendAsync(client, body);
        }).ToList();
        using var quick = await relay.GreetAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.StartsWith("250", await SendAsync(quick, "Subject: x\r\n\r\nsmall\r\n"), StringComparison.Ordinal);
        }

        Assert.All(await Task.WhenAll(large), reply => Assert.StartsWith("250", reply, StringComparison.Ordinal));
        var messages = first.Messages.Concat(second.Messages).ToList();
        Assert.Equal(36, messages.Count);
        Assert.Equal(6, messages.Count(message => message.Untraced == body));
    }

    private static async Task AssertRefusedSoonAsync(SmtpWire client)
    {
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync(Large(9_500_000) + ".\r\n");
        Assert.Equal("554 5.6.0 not this", await client.ReplyAsync(15));
    }

    // One transaction is half of what the hub takes.
    private static PoolConfig Scarce(PoolConfig config) =>
        config with { Hubs = [.. config.Hubs.Select(hub => hub with { Limits = hub.Limits with { MaxConnections = 3 } })] };
}
