using System.Net;
using RelayOperator.Relay.Tests.Fuzz;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Attacks;

/// <summary>Many connections from many addresses that send an octet now and then, to keep the relay from serving others.</summary>
public sealed class SlowClientTests
{
    [Theory]
    [InlineData("")]
    [InlineData("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n")]
    public async Task Others_are_served_meanwhile_and_every_slow_session_ends_in_time(string first)
    {
        var many = Fuzzing.IsLong ? 5000 : 300;
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with
        {
            Limits = config.Limits with { IdleSeconds = Fuzzing.IsLong ? 20 : 4, MaxConnections = many + 50, MaxConnectionsPerClient = 2 },
            Access = [config.Access[0] with { MaxConnections = many + 50 }],
        });
        var slow = new List<SmtpWire>();
        using var done = new CancellationTokenSource();
        var trickling = Task.CompletedTask;
        try
        {
            for (var i = 0; i < many; i++)
            {
                var wire = await SmtpWire.ConnectAsync(relay.Address, Address(i));
                await wire.SendAsync(first);
                slow.Add(wire);
            }

            trickling = TrickleAsync(slow, done.Token);
            Assert.True(relay.Status.Sessions <= many);
            for (var i = 0; i < 20; i++)
            {
                using var client = await SmtpWire.ConnectAsync(relay.Address, IPAddress.Parse("127.200.0.1"));
                Assert.StartsWith("220", await client.ReplyAsync(), StringComparison.Ordinal);
                Assert.StartsWith("250", await client.AskAsync("EHLO real"), StringComparison.Ordinal);
                // Those that come as far as DATA hold hubs for a second each: until it is over a client may hear to try again.
                await Eventually.True(async () => await SentAsync(client), "the message is taken", 30);
            }

            Assert.Equal(20, hub.Messages.Count);
            await Eventually.True(() => relay.Status.Sessions == 0, "the slow sessions end", 60);
            Assert.Equal(20, hub.Messages.Count);
        }
        finally
        {
            await done.CancelAsync();
            await trickling;
            slow.ForEach(wire => wire.Dispose());
        }
    }

    [Fact]
    public async Task One_address_has_no_more_sessions_than_it_may_however_slow_they_are()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Limits = config.Limits with { MaxConnectionsPerClient = 3 } });
        var slow = new List<SmtpWire>();
        for (var i = 0; i < 10; i++)
        {
            slow.Add(await SmtpWire.ConnectAsync(relay.Address, Address(0)));
            Assert.StartsWith(i < 3 ? "220" : "421 4.7.0", await slow[^1].ReplyAsync(), StringComparison.Ordinal);
        }

        using var other = await SmtpWire.ConnectAsync(relay.Address, Address(1));
        Assert.StartsWith("220", await other.ReplyAsync(), StringComparison.Ordinal);
        slow.ForEach(wire => wire.Dispose());
    }

    private static async Task<bool> SentAsync(SmtpWire client)
    {
        var reply = await client.SendMessageAsync();
        Assert.True(reply.StartsWith("250", StringComparison.Ordinal) || reply.StartsWith("451 4.3.2", StringComparison.Ordinal), reply);
        return reply[0] == '2' || (await client.AskAsync("RSET"))[0] != '2';
    }

    private static IPAddress Address(int i) => new([127, (byte)(1 + i / 62500), (byte)(i / 250 % 250), (byte)(1 + i % 250)]);

    private static async Task TrickleAsync(List<SmtpWire> slow, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await tick.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var wire in slow)
                {
                    try
                    {
                        await wire.SendAsync("x");
                    }
                    catch (System.Net.Sockets.SocketException)
                    {
                        // Cut off, as it should be.
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
