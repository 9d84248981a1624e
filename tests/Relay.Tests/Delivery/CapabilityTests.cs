using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;
using static RelayOperator.Relay.Tests.Delivery.RecipientAnswerTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>A transaction goes to a hub that has what it needs, and fails with the reason where there is none.</summary>
public sealed class CapabilityTests
{
    private const string Body = "Subject: x\r\n\r\nHello\r\n";

    [Theory]
    [InlineData("8BITMIME", " BODY=8BITMIME")]
    [InlineData("SMTPUTF8", " SMTPUTF8")]
    public async Task Mail_goes_where_its_extension_is_offered(string extension, string parameter)
    {
        await using var plain = new ScriptedHub { Extensions = ["PIPELINING"] };
        await using var able = new ScriptedHub { Extensions = ["PIPELINING", extension] };
        await using var relay = await StartAsync([plain, able]);
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await SendWithAsync(client, parameter), StringComparison.Ordinal);
        }

        Assert.Equal(4, able.Messages.Count);
        Assert.All(able.Messages, message => Assert.EndsWith(parameter, message.Mail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(" BODY=8BITMIME", "554 5.6.3")]
    [InlineData(" SMTPUTF8", "553 5.6.7")]
    [InlineData(" SIZE=2000", "552 5.3.4")]
    public async Task What_no_hub_can_take_is_refused_with_the_reason(string parameter, string reply)
    {
        await using var hub = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 1000"] };
        await using var relay = await StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test>" + parameter);
        Assert.StartsWith(reply, await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_too_large_for_every_hub_is_told_so_whatever_else_it_needs()
    {
        await using var hub = new ScriptedHub { Extensions = ["PIPELINING", "8BITMIME", "SIZE 1000"] };
        await using var relay = await StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test> SIZE=2000 BODY=8BITMIME");
        Assert.StartsWith("552 5.3.4", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_only_able_hub_cannot_take_now_is_deferred()
    {
        await using var plain = new ScriptedHub { Extensions = ["PIPELINING"] };
        await using var able = new ScriptedHub();
        await using var relay = await StartAsync([plain, able]);
        await relay.ApplyAsync(config => config with { Hubs = [config.Hubs[0], config.Hubs[1] with { State = Api.Config.HubAdministrativeState.Draining }] });
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test> BODY=8BITMIME");
        Assert.StartsWith("451 4.4.1", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData("BODY")]
    [InlineData("DOT")]
    public async Task What_is_too_large_for_one_hub_is_told_its_own_size_at_a_larger_one(string where)
    {
        await using var small = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 50000000"] }.On(where, "552 5.3.4 too large for you");
        await using var other = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 50000000"] };
        await using var large = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 60000000"] };
        await using var relay = await StartAsync([small, other, large], First(0));
        using var client = await relay.GreetAsync();
        var body = Large(400_000);

        Assert.StartsWith("250", await SendAsync(client, body), StringComparison.Ordinal);

        Assert.Equal(body, Assert.Single(large.Messages).Untraced);
        Assert.DoesNotContain(other.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.DoesNotContain(large.Commands, line => line.Contains("SIZE=5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_too_large_for_one_hub_is_deferred_while_the_larger_one_is_gone()
    {
        await using var small = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 50000000"] }.On("DOT", "552 5.3.4 too large for you");
        await using var large = new ScriptedHub { Extensions = ["PIPELINING", "SIZE 60000000"] };
        await using var relay = await StartAsync([small, large], First(0));
        large.On("BANNER", HubAct.Close);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("451 4.4.1", await SendAsync(client, Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DSN_parameters_are_dropped_towards_a_hub_without_DSN()
    {
        await using var hub = new ScriptedHub { Extensions = ["PIPELINING"] };
        await using var relay = await StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await client.AskAsync("MAIL FROM:<a@from.test> RET=FULL ENVID=abc");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@to.test> NOTIFY=NEVER"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);

        var message = Assert.Single(hub.Messages);
        Assert.Equal("MAIL FROM:<a@from.test>", message.Mail);
        Assert.Equal(["RCPT TO:<b@to.test>"], message.Recipients);
    }

    [Fact]
    public async Task A_hub_that_knows_HELO_only_gets_one_command_at_a_time()
    {
        await using var hub = new ScriptedHub().On("EHLO", "502 5.5.1 what?").On("RCPT", line => line.Contains("bad", StringComparison.Ordinal) ? "550 5.1.1 no" : (HubAct?)null);
        await using var relay = await StartAsync([hub]);
        using var client = await relay.GreetAsync();

        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<x@d.test>\r\nRCPT TO:<bad@d.test>\r\nRCPT TO:<y@d.test>\r\nDATA\r\n");
        foreach (var reply in (string[])["250", "250", "550 5.1.1", "250", "354"])
        {
            Assert.StartsWith(reply, await client.ReplyAsync(), StringComparison.Ordinal);
        }

        Assert.StartsWith("250", await client.AskAsync(Body + "."), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(hub.Messages).Recipients.Count);
    }

    // Hubs are known by what they said when they were probed.
    private static async Task<TestRelay> StartAsync(ScriptedHub[] hubs, Func<Api.Config.PoolConfig, Api.Config.PoolConfig>? change = null)
    {
        var relay = await TestRelay.StartAsync(hubs, change);
        await Eventually.True(() => relay.Status.Hubs.All(hub => hub.Offers is not null), "every hub is heard");
        return relay;
    }

    private static async Task<string> SendWithAsync(SmtpWire client, string parameter)
    {
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@from.test>" + parameter), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        return await client.AskAsync(Body + ".");
    }
}
