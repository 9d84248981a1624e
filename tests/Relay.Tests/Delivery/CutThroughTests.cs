using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>One transaction against hubs that misbehave, over real sockets.</summary>
public sealed class CutThroughTests
{
    private const string Body = "Subject: x\r\n\r\nHello\r\n";

    [Fact]
    public async Task A_message_reaches_a_hub_with_a_Received_field_in_front_and_nothing_else_changed()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        Assert.Equal("250 2.0.0 Ok", await SendAsync(client, Body));

        var message = Assert.Single(hub.Messages);
        Assert.Matches("^Received: from client.test \\(\\[127.0.0.1\\]\\)\r\n\tby relay.test \\(RelayOperator pool .*\\)\r\n\twith ESMTP id [0-9A-Z]{13};\r\n\t... *", message.Wire);
        Assert.Equal(Body, message.Untraced);
        Assert.Equal("MAIL FROM:<a@from.test>", message.Mail);
        Assert.Equal(["RCPT TO:<b@to.test>"], message.Recipients);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..\r\n")]
    [InlineData("..first line is a dot\r\n")]
    [InlineData("..\r\n..\r\n...\r\n")]
    [InlineData("no header, no blank line\r\n")]
    [InlineData("\r\n")]
    [InlineData("8-bit \u00e4\u00f6\u00fc\u00ff and DEL \u007f\r\n")]
    public async Task What_follows_DATA_arrives_octet_by_octet(string wire)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await SendAsync(client, wire), StringComparison.Ordinal);

        Assert.EndsWith("\r\n" + wire, Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\n.a\r\n", "Subject: x\r\n\r\n.a\r\n")]
    [InlineData(".\r\n", ".\r\n")]
    [InlineData("no end of line", "no end of line\r\n")]
    [InlineData("", "")]
    public async Task What_comes_by_BDAT_arrives_with_dots_stuffed_and_a_last_line_end(string content, string arrived)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);

        await client.SendAsync($"BDAT {content.Length} LAST\r\n{content}");

        Assert.StartsWith("250 2.0.0", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(arrived, Assert.Single(hub.Messages).Untraced);
    }

    [Fact]
    public async Task A_large_message_streams_and_arrives_whole()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        var body = Large(2_000_000);

        Assert.StartsWith("250", await SendAsync(client, body), StringComparison.Ordinal);

        Assert.Equal(body, Assert.Single(hub.Messages).Untraced);
    }

    [Theory]
    [InlineData("BANNER", "421 4.3.2 busy")]
    [InlineData("BANNER", "554 5.7.1 go away")]
    [InlineData("MAIL", "451 4.3.0 later")]
    [InlineData("MAIL", "421 4.3.2 closing")]
    [InlineData("MAIL", "550 5.7.54 cannot relay")]
    [InlineData("RCPT", "451 4.7.0 back end is dead")]
    [InlineData("RCPT", "450 4.2.0 greylisted")]
    [InlineData("RCPT", "550 5.7.1 denied")]
    [InlineData("RCPT", "421 4.3.2 closing")]
    [InlineData("RCPT", "530 5.7.0 authenticate first")]
    [InlineData("DATA", "451 4.3.0 later")]
    [InlineData("DOT", "452 4.3.1 disk full")]
    [InlineData("DOT", "421 4.3.2 closing")]
    public async Task A_hub_that_says_no_for_its_own_reasons_is_not_noticed(string where, string reply)
    {
        await using var bad = new ScriptedHub().On(where, reply);
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([bad, good]);
        using var client = await relay.GreetAsync();

        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        }

        Assert.Equal(4, good.Messages.Count);
        Assert.Empty(bad.Messages);
        Assert.True(where == "BANNER" ? bad.Connections > 0 : bad.Commands.Any(line => line.StartsWith("MAIL", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("DOT")]
    public async Task What_is_too_large_for_one_hub_goes_to_one_with_a_larger_SIZE(string where)
    {
        await using var small = new ScriptedHub { Extensions = ["PIPELINING"] }.On(where, "552 5.3.4 too large for me");
        await using var large = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([small, large]);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        Assert.Equal(2, large.Messages.Count);
    }

    public static TheoryData<string, string> Breakages => new()
    {
        { "BANNER", "close" }, { "BANNER", "reset" }, { "BANNER", "garbage" }, { "BANNER", "long" }, { "BANNER", "half" },
        { "EHLO", "close" }, { "EHLO", "garbage" }, { "EHLO", "long" },
        { "MAIL", "close" }, { "MAIL", "reset" }, { "MAIL", "half" }, { "MAIL", "long" }, { "MAIL", "garbage" },
        { "RCPT", "close" }, { "RCPT", "reset" }, { "RCPT", "half" },
        { "DATA", "close" }, { "DATA", "reset" }, { "DATA", "half" }, { "DATA", "garbage" },
        { "BODY", "close" }, { "BODY", "reset" },
        { "DOT", "close" }, { "DOT", "reset" }, { "DOT", "half" }, { "DOT", "garbage" },
    };

    [Theory]
    [MemberData(nameof(Breakages))]
    public async Task A_hub_that_breaks_off_is_not_noticed(string where, string how)
    {
        await using var bad = new ScriptedHub().On(where, Breakage(how));
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([bad, good]);
        using var client = await relay.GreetAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        }

        Assert.Equal(3, good.Messages.Count);
        Assert.True(bad.Connections > 0);
    }

    [Fact]
    public async Task A_hub_that_breaks_off_in_the_middle_of_a_large_body_is_replaced()
    {
        await using var bad = new ScriptedHub().On("BODY", HubAct.Reset);
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([bad, good]);
        using var client = await relay.GreetAsync();
        var body = Large(3_000_000);

        Assert.StartsWith("250", await SendAsync(client, body), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(client, body), StringComparison.Ordinal);

        Assert.All(good.Messages, message => Assert.Equal(body, message.Untraced));
        Assert.Equal(2, good.Messages.Count);
    }

    [Fact]
    public async Task A_message_that_every_hub_answers_with_a_reset_fails_and_the_hubs_stay()
    {
        ScriptedHub[] hubs = [new(), new(), new()];
        foreach (var hub in hubs)
        {
            hub.On("DOT", wire => wire.Contains("poison", StringComparison.Ordinal) ? HubAct.Reset : null);
        }

        await using var relay = await TestRelay.StartAsync(hubs);
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith("451", await SendAsync(client, "poison\r\n"), StringComparison.Ordinal);
        }

        Assert.Equal(10, hubs.Sum(hub => hub.Commands.Count(line => line == "DATA")));
        Assert.DoesNotContain(relay.Status.Hubs, hub => hub.State is "Ejected" or "Down");
        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_hub_down_is_451_at_once_and_normal_again_when_one_returns()
    {
        var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Health = config.Health with { Ejection = new EjectionConfig(3, 1, 1) } });
        using var client = await relay.GreetAsync();
        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        await hub.DisposeAsync();

        for (var i = 0; i < 3; i++)
        {
            await client.AskAsync("RSET");
            await client.AskAsync("MAIL FROM:<a@from.test>");
            Assert.StartsWith("451 4.4.1", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        }

        await using var returned = new ScriptedHub(hub.Port);
        await client.AskAsync("RSET");
        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        Assert.Single(returned.Messages);
    }

    [Fact]
    public async Task A_hub_that_refuses_everything_at_once_loses_no_mail_and_attracts_none()
    {
        await using var broken = new ScriptedHub().On("MAIL", "550 5.7.54 cannot relay");
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([broken, good], config => config with { Balancing = config.Balancing with { Policy = BalancingPolicy.LeastLoaded } });
        using var client = await relay.GreetAsync();

        for (var i = 0; i < 60; i++)
        {
            Assert.StartsWith("250", await SendAsync(client, Body, $"sender{i % 3}@from.test"), StringComparison.Ordinal);
        }

        Assert.Equal(60, good.Messages.Count);
        Assert.InRange(broken.Commands.Count(line => line.StartsWith("MAIL", StringComparison.Ordinal)), 0, 6);
    }

    [Fact]
    public async Task What_a_hub_refuses_for_good_is_the_answer_and_no_other_hub_is_asked()
    {
        await using var first = new ScriptedHub().On("RCPT", "550 5.1.1 no such user").On("DOT", "554 5.6.0 spam");
        await using var second = new ScriptedHub().On("RCPT", "550 5.1.1 no such user");
        await using var relay = await TestRelay.StartAsync([first, second]);
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test>");
        Assert.Equal("550 5.1.1 no such user", await client.AskAsync("RCPT TO:<b@to.test>"));
        Assert.Equal("554 5.5.1 No valid recipients", await client.AskAsync("DATA"));
        Assert.Equal(1, first.Commands.Concat(second.Commands).Count(line => line.StartsWith("RCPT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_refusal_of_the_content_is_passed_on()
    {
        await using var first = new ScriptedHub().On("DOT", "554 5.6.0 spam");
        await using var second = new ScriptedHub().On("DOT", "554 5.6.0 spam");
        await using var relay = await TestRelay.StartAsync([first, second]);
        using var client = await relay.GreetAsync();

        Assert.Equal("554 5.6.0 spam", await SendAsync(client, Body));
        Assert.Equal(1, first.Commands.Concat(second.Commands).Count(line => line == "DATA"));
    }

    [Fact]
    public async Task Each_recipient_hears_its_own_answer()
    {
        await using var hub = new ScriptedHub().On("RCPT", line => line switch
        {
            _ when line.Contains("bad", StringComparison.Ordinal) => "550 5.1.1 no",
            _ when line.Contains("later", StringComparison.Ordinal) => "450 4.2.0 later",
            _ => (HubAct?)null,
        });
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await client.SendAsync("MAIL FROM:<a@from.test>\r\nRCPT TO:<ok@to.test>\r\nRCPT TO:<bad@to.test>\r\nRCPT TO:<later@to.test>\r\nRCPT TO:<ok2@to.test>\r\nDATA\r\n");

        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("550 5.1.1 no", await client.ReplyAsync());
        Assert.Equal("450 4.2.0 later", await client.ReplyAsync());
        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync(Body + "."));
        Assert.Equal(["RCPT TO:<ok@to.test>", "RCPT TO:<ok2@to.test>"], Assert.Single(hub.Messages).Recipients);
    }

    [Fact]
    public async Task An_idle_421_is_never_taken_for_the_answer_to_MAIL()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);

        hub.SayUnasked("421 4.4.2 idle for too long\r\n");

        Assert.StartsWith("250", await SendAsync(client, Body), StringComparison.Ordinal);
        Assert.Equal(2, hub.Messages.Count);
    }

    [Fact]
    public async Task A_client_that_ends_inside_its_data_leaves_no_message()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        foreach (var large in (bool[])[false, true])
        {
            using var client = await relay.GreetAsync();
            await EnvelopeAsync(client);
            await client.AskAsync("DATA");
            await client.SendAsync(large ? Large(1_000_000) : Body);
            if (large)
            {
                client.Reset();
            }
            else
            {
                client.EndInput();
                Assert.True(await client.EndsAsync());
            }

            await Eventually.True(() => relay.Status.Sessions == 0, "the session ends");
        }

        await Eventually.True(() => relay.HubStatus("ht1").InFlight == 0, "the hub is free again");
        Assert.Empty(hub.Messages);
    }

    [Fact]
    public async Task A_client_that_is_reset_while_its_message_is_elsewhere_gets_nothing_sent()
    {
        var asked = new TaskCompletionSource();
        await using var hub = new ScriptedHub();
        using var gate = new SemaphoreSlim(0);
        hub.On("DATA", _ =>
        {
            asked.TrySetResult();
            gate.Wait(TimeSpan.FromSeconds(20));
            return null;
        });
        await using var relay = await TestRelay.StartAsync([hub]);
        var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync(Body + ".\r\n");
        await asked.Task;

        client.Reset();
        // Sessions that begin after the reset and are served show that the reset was seen, too.
        for (var i = 0; i < 20; i++)
        {
            using var later = await relay.GreetAsync();
        }

        gate.Release();

        await Eventually.True(() => relay.Status.Sessions == 0, "the session ends");
        await Eventually.True(() => hub.OpenConnections == 0, "the connection to the hub is closed");
        Assert.Empty(hub.Messages);
    }

    [Fact]
    public async Task DSN_parameters_are_passed_to_a_hub_that_offers_DSN()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        await Eventually.True(() => relay.HubStatus("ht1").Offers is not null, "the hub is heard");
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test> RET=HDRS ENVID=QQ314159 BODY=8BITMIME");
        await client.AskAsync("RCPT TO:<b@to.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@to.test");
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);

        var message = Assert.Single(hub.Messages);
        Assert.Equal("MAIL FROM:<a@from.test> BODY=8BITMIME RET=HDRS ENVID=QQ314159", message.Mail);
        Assert.Equal(["RCPT TO:<b@to.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@to.test"], message.Recipients);
    }

    internal static async Task EnvelopeAsync(SmtpWire client, string from = "a@from.test")
    {
        Assert.StartsWith("250", await client.AskAsync($"MAIL FROM:<{from}>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }

    internal static async Task<string> SendAsync(SmtpWire client, string body, string from = "a@from.test")
    {
        await EnvelopeAsync(client, from);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return await client.AskAsync(body + ".");
    }

    internal static string Large(int octets)
    {
        var text = new StringBuilder("Subject: large\r\n\r\n");
        for (var i = 0; text.Length < octets; i++)
        {
            text.Append(i).Append(" The quick brown fox jumps over the lazy dog.\r\n");
        }

        return text.ToString();
    }

    private static HubAct Breakage(string how) => how switch
    {
        "close" => HubAct.Close,
        "reset" => HubAct.Reset,
        "half" => HubAct.RawThenClose("25"),
        "long" => HubAct.RawThenClose("250 " + new string('x', 100 * 1024)),
        _ => HubAct.Raw("this is no SMTP at all\r\n"),
    };
}
