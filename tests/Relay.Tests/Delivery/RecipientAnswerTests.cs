using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>What each recipient hears where hubs answer differently for different ones, and for the same.</summary>
public sealed class RecipientAnswerTests
{
    private const string Body = "Subject: x\r\n\r\nHello\r\n";

    [Theory]
    [InlineData("550 5.7.1 not for outsiders", 1, true)]
    [InlineData("550 5.7.1 not for outsiders", 1, false)]
    [InlineData("550 5.7.1 not for outsiders", 2, true)]
    [InlineData("550 5.7.1 not for outsiders", 2, false)]
    [InlineData("552 5.3.4 too large for this one", 1, true)]
    [InlineData("552 5.3.4 too large for this one", 2, false)]
    public async Task A_recipient_that_every_hub_refuses_takes_no_other_one_with_it(string refusal, int count, bool pipelined)
    {
        ScriptedHub[] hubs = [.. Enumerable.Range(0, count).Select(_ => Refusing(new ScriptedHub(), "outside", refusal))];
        await using var relay = await TestRelay.StartAsync(hubs);
        for (var i = 0; i < 6; i++)
        {
            using var client = await relay.GreetAsync();
            var replies = await EnvelopeAsync(client, pipelined, $"s{i}@from.test", "good@to.test", "outside@to.test", "fine@to.test");

            Assert.StartsWith("250", replies[0], StringComparison.Ordinal);
            Assert.Equal(refusal, replies[1]);
            Assert.StartsWith("250", replies[2], StringComparison.Ordinal);
            await client.AskAsync("DATA");
            Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);
        }

        var messages = hubs.SelectMany(hub => hub.Messages).ToList();
        Assert.Equal(6, messages.Count);
        Assert.All(messages, message => Assert.Equal(["RCPT TO:<good@to.test>", "RCPT TO:<fine@to.test>"], message.Recipients));
        Assert.DoesNotContain(relay.Status.Hubs, hub => hub.State == "Ejected");
        await DisposeAsync(hubs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_later_recipient_that_one_hub_denies_moves_all_of_them_to_one_that_takes_it(bool pipelined)
    {
        await using var strict = Refusing(new ScriptedHub(), "outside", "550 5.7.1 not here");
        await using var open = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([strict, open]);
        for (var i = 0; i < 2; i++)
        {
            using var client = await relay.GreetAsync();
            var replies = await EnvelopeAsync(client, pipelined, "a@from.test", "good@to.test", "outside@to.test");

            Assert.All(replies, reply => Assert.StartsWith("250", reply, StringComparison.Ordinal));
            await client.AskAsync("DATA");
            Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);
        }

        Assert.Equal(2, open.Messages.Count);
        Assert.All(open.Messages, message => Assert.Equal(2, message.Recipients.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hub_that_breaks_off_behind_a_refused_recipient_is_replaced(bool pipelined)
    {
        await using var bad = new ScriptedHub().On("RCPT", line => line switch
        {
            _ when line.Contains("outside", StringComparison.Ordinal) => "550 5.7.1 not here",
            _ when line.Contains("last", StringComparison.Ordinal) => HubAct.Reset,
            _ => (HubAct?)null,
        });
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([bad, good], First(0));
        using var client = await relay.GreetAsync();

        var replies = await EnvelopeAsync(client, pipelined, "a@from.test", "good@to.test", "outside@to.test", "last@to.test");

        Assert.All(replies, reply => Assert.StartsWith("250", reply, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_MAIL_answers_every_recipient_whatever_follows_it()
    {
        ScriptedHub[] hubs = [new(), new()];
        foreach (var hub in hubs)
        {
            hub.On("MAIL", "550 5.7.54 cannot relay").On("RCPT", "503 5.5.1 MAIL first");
        }

        await using var relay = await TestRelay.StartAsync(hubs);
        using var client = await relay.GreetAsync();

        var replies = await EnvelopeAsync(client, true, "a@from.test", "b@to.test", "c@to.test");

        Assert.All(replies, reply => Assert.Equal("550 5.7.54 cannot relay", reply));
        Assert.Equal("550 5.7.54 cannot relay", await client.AskAsync("RCPT TO:<d@to.test>"));
        await DisposeAsync(hubs);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    public async Task A_denial_is_no_last_word_while_the_other_hub_could_say_nothing(string where)
    {
        await using var broken = new ScriptedHub().On(where, "550 5.7.54 cannot relay");
        await using var ill = new ScriptedHub().On("BANNER", HubAct.Close);
        await using var relay = await TestRelay.StartAsync([broken, ill], config => config with { Health = config.Health with { Ejection = new(1000, 10, 10) } });
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.AskAsync("RSET");
            await client.AskAsync("MAIL FROM:<a@from.test>");
            Assert.StartsWith("451 4.4.1", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("MAIL", "550 5.7.54 cannot relay")]
    [InlineData("MAIL", "550 5.1.8 no such sender")]
    [InlineData("RCPT", "550 5.7.54 cannot relay")]
    [InlineData("RCPT", "550 5.1.1 no such user")]
    public async Task What_one_hub_accepted_is_never_refused_for_good_by_another(string where, string refusal)
    {
        await using var throttled = new ScriptedHub().On("DATA", "421 4.3.2 busy");
        await using var broken = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([throttled, broken]);
        for (var i = 0; i < 2; i++)
        {
            using var client = await relay.GreetAsync();
            broken.Reset(where);
            await CutThroughTests.EnvelopeAsync(client);
            broken.On(where, refusal).On("DATA", "451 4.3.0 later");
            await client.AskAsync("DATA");
            Assert.StartsWith("451 4.", await client.AskAsync(Body + "."), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("501 5.1.3 invalid address")]
    [InlineData("504 5.5.2 need a fully qualified address")]
    public async Task An_address_that_a_hub_cannot_stomach_is_refused_and_costs_no_hub_its_health(string refusal)
    {
        ScriptedHub[] hubs = [Refusing(new(), "odd", refusal), Refusing(new(), "odd", refusal)];
        await using var relay = await TestRelay.StartAsync(hubs);
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 8; i++)
        {
            await client.AskAsync("RSET");
            await client.AskAsync($"MAIL FROM:<s{i}@from.test>");
            Assert.Equal(refusal, await client.AskAsync("RCPT TO:<odd@to.test>"));
        }

        Assert.DoesNotContain(relay.Status.Hubs, hub => hub.State == "Ejected");
        await DisposeAsync(hubs);
    }

    [Fact]
    public async Task A_hub_out_of_step_at_a_later_recipient_is_asked_again_on_a_fresh_connection()
    {
        var once = 0;
        await using var hub = new ScriptedHub();
        hub.On("RCPT", line => line.Contains("second", StringComparison.Ordinal) && Interlocked.Exchange(ref once, 1) == 0 ? "503 5.5.1 what?" : (HubAct?)null);
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        var replies = await EnvelopeAsync(client, false, "a@from.test", "first@to.test", "second@to.test");

        Assert.All(replies, reply => Assert.StartsWith("250", reply, StringComparison.Ordinal));
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(hub.Messages).Recipients.Count);
    }

    [Fact]
    public async Task What_a_hub_says_before_the_dot_is_not_its_verdict()
    {
        await using var forger = new ScriptedHub().On("DATA", HubAct.Raw("354 Go\r\n250 2.0.0 Ok\r\n")).On("DOT", "554 5.6.0 no");
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([forger, good], First(0));
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(client, Large(600_000)), StringComparison.Ordinal);
        Assert.Equal(2, good.Messages.Count);
    }

    [Theory]
    [InlineData("DOT", "354 what?")]
    [InlineData("DATA", "250 Ok")]
    [InlineData("MAIL", "503 5.5.1 what?")]
    public async Task A_connection_out_of_step_is_not_used_again(string where, string reply)
    {
        await using var odd = new ScriptedHub().On(where, reply);
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([odd, good], First(0));
        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "the first probe");
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);

        await Eventually.True(() => odd.OpenConnections == 0, "the connection is closed");
    }

    [Fact]
    public async Task A_denial_by_a_hub_that_is_out_and_on_trial_is_no_last_word()
    {
        await using var hub = new ScriptedHub().On("MAIL", HubAct.Close);
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Health = config.Health with { Ejection = new(3, 300, 300) } });
        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "the first probe");
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 4 && relay.HubStatus("ht1").State != "Ejected"; i++)
        {
            await client.AskAsync("RSET");
            await client.AskAsync("MAIL FROM:<a@from.test>");
            Assert.StartsWith("451", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        }

        Assert.Equal("Ejected", relay.HubStatus("ht1").State);
        hub.On("MAIL", "550 5.7.54 cannot relay");
        var asked = hub.Commands.Count;

        await client.AskAsync("RSET");
        await client.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("451 4.4.1", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        Assert.NotEqual(asked, hub.Commands.Count);
    }

    /// <summary>Makes one hub the first choice: the others are a tier behind.</summary>
    internal static Func<Api.Config.PoolConfig, Api.Config.PoolConfig> First(int index) =>
        config => config with { Hubs = [.. config.Hubs.Select((hub, i) => hub with { Tier = i == index ? 0 : 1 })] };

    private static ScriptedHub Refusing(ScriptedHub hub, string who, string reply) =>
        hub.On("RCPT", line => line.Contains(who, StringComparison.Ordinal) ? reply : (HubAct?)null);

    private static async Task<List<string>> EnvelopeAsync(SmtpWire client, bool pipelined, string from, params string[] recipients)
    {
        List<string> replies = [];
        var commands = recipients.Select(recipient => $"RCPT TO:<{recipient}>").ToList();
        if (pipelined)
        {
            await client.SendAsync($"MAIL FROM:<{from}>\r\n{string.Join("\r\n", commands)}\r\n");
            Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
            for (var i = 0; i < commands.Count; i++)
            {
                replies.Add(await client.ReplyAsync());
            }

            return replies;
        }

        Assert.StartsWith("250", await client.AskAsync($"MAIL FROM:<{from}>"), StringComparison.Ordinal);
        foreach (var command in commands)
        {
            replies.Add(await client.AskAsync(command));
        }

        return replies;
    }

    private static async Task DisposeAsync(ScriptedHub[] hubs)
    {
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }
}
