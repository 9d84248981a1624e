using System.Net;
using System.Net.Sockets;
using System.Text;
using RelayOperator.Relay.Tests.Fuzz;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Attacks;

/// <summary>Many connections from many addresses that send an octet now and then, to keep the relay from serving others.</summary>
[Collection("alone")]
public sealed class SlowClientTests
{
    private const int HubConnections = 100;

    // What a connection to a hub may cost with the message for it and its other side, which is in this process too.
    private const long BytesPerHubConnection = 128 * 1024;

    [Theory]
    [InlineData("", 16)]
    [InlineData("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n", 80)] // with room for the message and to read it
    public async Task Others_are_served_meanwhile_in_little_memory_and_every_slow_session_ends_in_time(string first, int kibEach)
    {
        var many = Fuzzing.IsLong ? 5000 : 300;
        // Those that come as far as DATA hold a hub for a second each, one behind the other: until it is over others may hear to try again.
        var longest = 5 + (2.0 * many / HubConnections);
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with
        {
            Limits = config.Limits with { IdleSeconds = Fuzzing.IsLong ? 30 : 6, MaxConnections = many + 50, MaxConnectionsPerClient = 2 },
            Access = [config.Access[0] with { MaxConnections = many + 50 }],
            Hubs = [config.Hubs[0] with { Limits = config.Hubs[0].Limits with { MaxConnections = HubConnections } }],
        });
        var slow = new List<Socket>();
        using var done = new CancellationTokenSource();
        var trickling = Task.CompletedTask;
        try
        {
            await ServedAsync(relay, longest); // what is made once is there
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < many; i++)
            {
                slow.Add(await ConnectAsync(relay, Address(i), first));
            }

            trickling = TrickleAsync(slow, done.Token);
            await Eventually.True(() => relay.Status.Sessions == many, "all of them are there", 20);
            var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
            var (greeting, message) = (0.0, 0.0);
            for (var i = 0; i < 20; i++)
            {
                var served = await ServedAsync(relay, longest);
                (greeting, message) = (Math.Max(greeting, served.Greeting), Math.Max(message, served.Message));
            }

            taken = Math.Max(taken, GC.GetTotalMemory(forceFullCollection: true) - before);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"slow: {many} connections, {relay.Status.Sessions} of them left behind 20 others, {taken / many} octets each; others waited {greeting:0.000} s for EHLO and {message:0.000} s for a message at most");
            Assert.True(taken < (many * kibEach * 1024L) + (HubConnections * BytesPerHubConnection), $"{taken} octets for {many} connections");
            Assert.True(greeting < 5, $"{greeting} s up to the reply to EHLO");
            Assert.Equal(21, hub.Messages.Count);
            await Eventually.True(() => relay.Status.Sessions == 0, "the slow sessions end", 60);
            Assert.Equal(21, hub.Messages.Count);
        }
        finally
        {
            await done.CancelAsync();
            await trickling;
            slow.ForEach(socket => socket.Dispose());
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

    private static async Task<Socket> ConnectAsync(TestRelay relay, IPAddress from, string first)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(relay.Address);
        await socket.SendAsync(Encoding.ASCII.GetBytes(first));
        return socket;
    }

    // How long somebody else waits up to the reply to EHLO, and for that to a message; in seconds.
    private static async Task<(double Greeting, double Message)> ServedAsync(TestRelay relay, double longest)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        using var client = await SmtpWire.ConnectAsync(relay.Address, IPAddress.Parse("127.200.0.1"));
        Assert.StartsWith("220", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("EHLO real"), StringComparison.Ordinal);
        var greeted = time.GetTimestamp();
        await Eventually.True(async () => await SentAsync(client), "the message is taken", longest);
        return (time.GetElapsedTime(began, greeted).TotalSeconds, time.GetElapsedTime(greeted).TotalSeconds);
    }

    private static async Task<bool> SentAsync(SmtpWire client)
    {
        var reply = await client.SendMessageAsync();
        Assert.True(reply.StartsWith("250", StringComparison.Ordinal) || reply.StartsWith("451 4.", StringComparison.Ordinal), reply);
        return reply[0] == '2' || (await client.AskAsync("RSET"))[0] != '2';
    }

    private static IPAddress Address(int i) => new([127, (byte)(1 + i / 62500), (byte)(i / 250 % 250), (byte)(1 + i % 250)]);

    private static async Task TrickleAsync(List<Socket> slow, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await tick.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var socket in slow)
                {
                    try
                    {
                        await socket.SendAsync("x"u8.ToArray());
                    }
                    catch (SocketException)
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
