using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

/// <summary>What traffic says about hubs, over real sockets.</summary>
public sealed class HealthUnderTrafficTests
{
    [Fact]
    public async Task A_421_on_connect_while_another_connection_works_lowers_only_the_limit()
    {
        await using var first = new ScriptedHub();
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second], ProbesThatCondemnNobody);
        using var holding = await relay.GreetAsync();
        await OpenAsync(holding, "a");
        var (full, fullName) = first.Commands.Any(command => command.StartsWith("RCPT", StringComparison.Ordinal)) ? (first, "ht1") : (second, "ht2");
        full.On("BANNER", "421 4.3.2 too many connections");

        for (var i = 0; i < 8; i++)
        {
            await DeliverAsync(relay, $"sender{i}");
        }

        var status = relay.HubStatus(fullName);
        Assert.NotEqual("Ejected", status.State);
        Assert.Equal(1, status.Limit);
        Assert.StartsWith("354", await holding.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await holding.AskAsync("x\r\n."), StringComparison.Ordinal);
        Assert.Single(full.Messages);
    }

    [Fact]
    public async Task A_421_on_every_connect_ejects_the_hub_and_costs_no_client_an_error()
    {
        await using var first = new ScriptedHub().On("BANNER", "421 4.3.2 too many connections");
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second], ProbesThatCondemnNobody);

        for (var i = 0; i < 8; i++)
        {
            await DeliverAsync(relay, "sender");
        }

        Assert.Equal("Ejected", relay.HubStatus("ht1").State);
        Assert.Equal(8, second.Messages.Count);
    }

    [Fact]
    public async Task A_hub_that_refuses_what_another_takes_is_ejected_whatever_its_codes_say()
    {
        await using var first = new ScriptedHub().On("RCPT", "550 5.7.54 unable to relay");
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second]);

        for (var i = 0; i < 8; i++)
        {
            await DeliverAsync(relay, $"sender{i}");
        }

        var status = relay.HubStatus("ht1");
        Assert.Equal(("Ejected", "refuses mail that other hubs take"), (status.State, status.Reason));
        Assert.Equal(8, second.Messages.Count);
    }

    [Fact]
    public async Task A_hub_that_refuses_one_senders_mail_stays()
    {
        await using var first = new ScriptedHub().On("RCPT", "550 5.7.1 not from you");
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second]);

        for (var i = 0; i < 10; i++)
        {
            await DeliverAsync(relay, "sender");
        }

        Assert.NotEqual("Ejected", relay.HubStatus("ht1").State);
    }

    [Fact]
    public async Task A_refused_connect_ejects_at_once()
    {
        var gone = new ScriptedHub();
        await using var other = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([gone, other]);
        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "the first probe");
        await gone.DisposeAsync();

        await DeliverAsync(relay, "sender");
        await DeliverAsync(relay, "sender");

        Assert.Equal("Ejected", relay.HubStatus("ht1").State);
    }

    [Fact]
    public async Task A_hub_that_is_the_pool_itself_takes_nothing_until_another_answers_in_its_place()
    {
        await using var first = new ScriptedHub { Extensions = ["XRELAYOPERATOR 11111111-2222-3333-4444-555555555555"] };
        await using var second = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([first, second], config => config with
        {
            Health = new HealthConfig(new ProbeConfig(ProbeDepth.Connect, 1, 5, 2, 2), new EjectionConfig(3, 1, 1)),
        });
        await DeliverAsync(relay, "sender");
        await DeliverAsync(relay, "sender");
        Assert.Equal(("Ejected", "this hub is the pool itself"), (relay.HubStatus("ht1").State, relay.HubStatus("ht1").Reason));
        Assert.Equal(2, second.Messages.Count);
        var asked = first.Commands.Count;
        await Eventually.True(() => first.Commands.Count > asked + 4, "it is asked for its name, again and again", 20);
        Assert.Equal("Ejected", relay.HubStatus("ht1").State);

        first.Extensions = ["PIPELINING"];

        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "another hub answers in its place", 20);
    }

    private static PoolConfig ProbesThatCondemnNobody(PoolConfig config) =>
        config with { Health = config.Health with { Probe = config.Health.Probe with { Failures = 1000 } } };

    private static async Task DeliverAsync(TestRelay relay, string sender)
    {
        using var client = await relay.GreetAsync();
        await OpenAsync(client, sender);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("x\r\n."), StringComparison.Ordinal);
    }

    private static async Task OpenAsync(SmtpWire client, string sender)
    {
        Assert.StartsWith("250", await client.AskAsync($"MAIL FROM:<{sender}@from.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }
}
