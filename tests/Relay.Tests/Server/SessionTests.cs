using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

/// <summary>Transcripts over a real socket: C: is what the client sends, S: how the reply begins.</summary>
public sealed class SessionTests
{
    [Theory]
    [InlineData("C:NOOP", "S:250 2.0.0", "C:MAIL FROM:<a@b.test>", "S:503 5.5.1", "C:QUIT", "S:221 2.0.0", "S:")]
    [InlineData("C:HELO", "S:501 5.5.4", "C:HELO x", "S:250 relay.test", "C:HELP", "S:214 2.0.0", "C:VRFY a", "S:252 2.1.5", "C:EXPN a", "S:502 5.5.1", "C:WHAT", "S:500 5.5.1")]
    [InlineData("C:EHLO x", "S:250-relay.test", "C:RCPT TO:<b@c.test>", "S:503 5.5.1", "C:DATA", "S:503 5.5.1", "C:MAIL FROM:<a@b.test>", "S:250 2.1.0", "C:MAIL FROM:<a@b.test>", "S:503 5.5.1", "C:DATA", "S:554 5.5.1", "C:RSET", "S:250 2.0.0", "C:MAIL FROM:<a@b.test>", "S:250 2.1.0")]
    [InlineData("C:EHLO x", "S:250-", "C:mail from:<a@b.test>", "S:250 2.1.0", "C:rcpt to: <Postmaster>", "S:250 2.1.5", "C:rcpt to:<@one.test,@two.test:c@d.test>", "S:250 2.1.5", "C:data", "S:354 ", "C:.", "S:250 2.0.0")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<>", "S:250 2.1.0", "C:RCPT TO:<>", "S:501 5.1.3", "C:RCPT TO:nobrackets@x.test", "S:501 5.1.3", "C:RCPT FROM:<a@b.test>", "S:501 5.5.4", "C:RCPT TO:<a@b.test> WHAT=EVER", "S:555 5.5.4", "C:RCPT TO:<a@b.test> NOTIFY=NEVER,DELAY", "S:501 5.5.4")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test> SIZE=10000001", "S:552 5.3.4", "C:MAIL FROM:<a@b.test> SIZE=10000000", "S:250 2.1.0")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test> SIZE=-1", "S:501 5.5.4", "C:MAIL FROM:<a@b.test> SIZE=99999999999999999999", "S:501 5.5.4", "C:MAIL FROM:<a@b.test> BODY=BINARYMIME", "S:501 5.5.4", "C:MAIL FROM:<a@b.test> AUTH=<> AUTH=<>", "S:555 5.5.4", "C:MAIL FROM:<a@b.test> AUTH=<>", "S:250 2.1.0")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<ä@b.test>", "S:5", "C:MAIL FROM:<a@b.test>", "S:250 2.1.0")]
    [InlineData("C:EHLO x", "S:250-", "C:STARTTLS", "S:502 5.5.1", "C:AUTH PLAIN AAA", "S:502 5.5.1")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>\r\nNOOP", "S:500 5.5.2", "S:")]
    [InlineData("C:EHLO x", "S:250-", "C:NO\0OP", "S:500 5.5.2", "C:NOOP", "S:250", "C:NO\rOP", "S:500 5.5.2", "S:")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>", "S:250", "C:RCPT TO:<c@d.test>", "S:250", "C:BDAT 7", "C:hello", "S:250 2.0.0 7 octets", "C:DATA", "S:503 5.5.1", "C:BDAT x", "S:501 5.5.4", "S:")]
    [InlineData("C:EHLO x", "S:250-", "C:MAIL FROM:<a@b.test>", "S:250", "C:RCPT TO:<c@d.test>", "S:250", "C:DATA", "S:354", "C:a\0b\r\n.", "S:554 5.6.0", "C:MAIL FROM:<a@b.test>", "S:250", "C:RCPT TO:<c@d.test>", "S:250", "C:BDAT 5 LAST", "C:a\0b", "S:554 5.6.0", "C:NOOP", "S:250")]
    [InlineData("C:EHLO x", "S:250-", "C:BDAT 7", "C:hello", "S:503 5.5.1", "C:NOOP", "S:250")]
    public async Task A_session_goes(params string[] transcript)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.ConnectAsync();
        foreach (var line in transcript)
        {
            if (line.StartsWith("C:", StringComparison.Ordinal))
            {
                await client.SendAsync(line[2..] + "\r\n");
                continue;
            }

            var reply = await client.ReplyAsync();
            Assert.StartsWith(line[2..], reply, StringComparison.Ordinal);
            Assert.False(line == "S:" && reply.Length != 0, reply);
        }
    }

    [Fact]
    public async Task EHLO_offers_what_the_relay_does()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        await Eventually.True(
            async () =>
            {
                using var client = await relay.ConnectAsync();
                var offered = await client.AskAsync("EHLO x");
                return offered == $"250-relay.test\n250-PIPELINING\n250-SIZE 10000000\n250-ENHANCEDSTATUSCODES\n250-CHUNKING\n250-8BITMIME\n250-SMTPUTF8\n250-DSN\n250-LIMITS RCPTMAX=100\n250 XRELAYOPERATOR {relay.Config.Uid}";
            },
            "what the hub offers is offered");
    }

    [Fact]
    public async Task A_whole_session_in_one_packet_is_answered_in_order()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.ConnectAsync();

        await client.SendAsync("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bad\r\nRCPT TO:<c@d.test>\r\nRCPT TO:<e@f.test>\r\nDATA\r\n");
        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("501 5.1.3", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("x\r\n.\r\nMAIL FROM:<a@b.test>\r\nQUIT\r\n");
        Assert.StartsWith("250 2.0.0", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.1.0", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await client.EndsAsync());
    }

    [Fact]
    public async Task A_session_one_octet_at_a_time_is_the_same()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.ConnectAsync();

        foreach (var octet in "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n..\r\n.x\r\n.\r\nQUIT\r\n")
        {
            await client.SendAsync(octet.ToString());
        }

        foreach (var reply in (string[])["250", "250", "250", "354", "250", "221"])
        {
            Assert.StartsWith(reply, await client.ReplyAsync(), StringComparison.Ordinal);
        }

        Assert.EndsWith("\r\n..\r\n.x\r\n", Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb\r\n.\r\n")]
    [InlineData("a\rb\r\n.\r\n")]
    [InlineData("a\n.\n")]
    [InlineData("a\r\n.\n")]
    [InlineData("a\n.\r\n")]
    [InlineData("a\r.\r")]
    [InlineData("a\r\n.\rQUIT\r\n")]
    public async Task A_bare_line_ending_ends_the_session_and_no_message_goes_anywhere(string body)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
        await client.ReplyAsync();
        await client.ReplyAsync();
        await client.ReplyAsync();

        await client.SendAsync(body + "MAIL FROM:<smuggled@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nx\r\n.\r\n");

        Assert.StartsWith("554 5.5.2", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await client.EndsAsync());
        Assert.Empty(hub.Messages);
        Assert.DoesNotContain(hub.Commands, line => line.Contains("smuggled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Normalized_line_endings_make_one_message_with_CRLF_only()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Access = [config.Access[0] with { BareLineEndings = Api.Config.BareLineEndings.Normalize }] });
        using var client = await relay.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
        await client.ReplyAsync();
        await client.ReplyAsync();
        await client.ReplyAsync();

        Assert.StartsWith("250", await client.AskAsync("a\n.\nMAIL FROM:<x@b.test>\r.\rb\r\n."), StringComparison.Ordinal);

        Assert.EndsWith("\r\na\r\n..\r\nMAIL FROM:<x@b.test>\r\n..\r\nb\r\n", Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_read_to_its_end_and_the_session_stays_in_step()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Access = [config.Access[0] with { MaxMessageBytes = 1000 }] });
        using var client = await relay.GreetAsync();
        foreach (var bdat in (bool[])[false, true])
        {
            await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n");
            await client.ReplyAsync();
            await client.ReplyAsync();
            var body = string.Concat(Enumerable.Repeat("0123456789\r\n", 200));
            Assert.StartsWith(bdat ? "552 5.3.4" : "354", await client.AskAsync(bdat ? $"BDAT {body.Length + 2}\r\n{body}" : "DATA"), StringComparison.Ordinal);
            if (!bdat)
            {
                Assert.StartsWith("552 5.3.4", await client.AskAsync(body + "."), StringComparison.Ordinal);
            }

            Assert.StartsWith("250 2.0.0", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        }

        Assert.Empty(hub.Messages);
    }

    [Fact]
    public async Task Too_many_recipients_are_deferred_one_by_one()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Access = [config.Access[0] with { MaxRecipients = 3 }] });
        using var client = await relay.GreetAsync();
        await client.AskAsync("MAIL FROM:<a@b.test>");

        await client.SendAsync(string.Concat(Enumerable.Range(0, 5).Select(i => $"RCPT TO:<r{i}@c.test>\r\n")));

        foreach (var expected in (string[])["250", "250", "250", "452 4.5.3", "452 4.5.3"])
        {
            Assert.StartsWith(expected, await client.ReplyAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_line_without_end_is_bounded()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("500 5.5.2", await client.AskAsync("NOOP " + new string('x', 5000)), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("NOOP"), StringComparison.Ordinal);

        var flood = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)'x');
            try
            {
                for (var i = 0; i < 16 * 1024; i++)
                {
                    await client.SendAsync(block);
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Cut off, as it should be.
            }
        });
        Assert.StartsWith("500 5.5.2", await client.ReplyAsync(), StringComparison.Ordinal);
        await flood.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        await Eventually.True(() => relay.Status.Sessions == 0, "the session ends");
    }

    [Fact]
    public async Task A_body_without_end_is_bounded()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
        await client.ReplyAsync();
        await client.ReplyAsync();
        await client.ReplyAsync();
        var flood = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)'x');
            try
            {
                for (var i = 0; i < 16 * 1024; i++)
                {
                    await client.SendAsync(block);
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Cut off, as it should be.
            }
        });

        Assert.StartsWith("552 5.3.4", await client.ReplyAsync(), StringComparison.Ordinal);
        await flood.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Empty(hub.Messages);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NOO")]
    [InlineData("MAIL FROM:<a@b.test>\r\n")]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nhalf a mess")]
    public async Task A_client_that_stalls_is_told_421_and_cut_off(string sent)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Limits = config.Limits with { IdleSeconds = 1 } });
        using var client = await relay.GreetAsync();
        await client.SendAsync(sent);

        var reply = "";
        for (var next = await client.ReplyAsync(); next.Length != 0; next = await client.ReplyAsync())
        {
            reply = next;
        }

        Assert.StartsWith("421 4.4.2", reply, StringComparison.Ordinal);
        Assert.Empty(hub.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_trickles_is_cut_off_in_bounded_time(bool inBody)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Limits = config.Limits with { IdleSeconds = 2 } });
        using var client = await relay.GreetAsync();
        if (inBody)
        {
            await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
            await client.ReplyAsync();
            await client.ReplyAsync();
            await client.ReplyAsync();
        }

        var reply = client.ReplyAsync();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var ticks = 0;
        while (!reply.IsCompleted && ticks++ < 50 && await tick.WaitForNextTickAsync())
        {
            await client.SendAsync("x");
        }

        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        Assert.InRange(ticks, 5, 30);
        Assert.Empty(hub.Messages);
    }
}
