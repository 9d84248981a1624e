using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;
using static RelayOperator.Relay.Tests.Delivery.RecipientAnswerTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>A client that goes away leaves no message at any hub, and nothing that is held for it.</summary>
public sealed class VanishedClientTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("MAIL FR", false)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDAT", false)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n", false)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nhalf", true)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nall\r\n.", true)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 100 LAST\r\nhalf", true)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 4\r\nhalf", true)]
    [InlineData("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 4\r\nhalfBDAT 0 LAS", true)]
    public async Task A_client_that_vanishes_early_leaves_nothing(string sent, bool reset)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using (var client = await relay.GreetAsync())
        {
            await client.SendAsync(sent);
            if (reset)
            {
                client.Reset();
            }
            else
            {
                client.EndInput();
                while (await client.ReplyAsync() != "")
                {
                    // Up to the end.
                }
            }
        }

        await AssertNothingHeldAsync(relay, hub);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_client_that_vanishes_while_its_body_streams_leaves_nothing(bool chunked, bool reset)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        var body = Large(700_000);
        await client.SendAsync((chunked ? $"BDAT {body.Length + 1} LAST\r\n" : "DATA\r\n") + body);
        await Eventually.True(() => hub.Commands.Contains("DATA"), "it streams");

        if (reset)
        {
            client.Reset();
        }
        else
        {
            client.EndInput();
        }

        await AssertNothingHeldAsync(relay, hub);
        await Eventually.True(() => hub.OpenConnections == 0, "the connection to the hub is closed");
    }

    [Fact]
    public async Task A_client_that_is_reset_while_its_body_is_replayed_gets_nothing_sent()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new SemaphoreSlim(0);
        await using var first = new ScriptedHub().On("BODY", HubAct.Reset);
        await using var second = new ScriptedHub().On("BODY", _ =>
        {
            asked.TrySetResult();
            gate.Wait(TimeSpan.FromSeconds(20));
            return null;
        });
        await using var relay = await TestRelay.StartAsync([first, second], First(0));
        var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync(Large(9_500_000) + ".\r\n");
        await asked.Task;

        client.Reset();
        // Sessions that begin after the reset and are served show that the reset was seen, too.
        for (var i = 0; i < 20; i++)
        {
            using var later = await relay.GreetAsync();
        }

        gate.Release();

        await AssertNothingHeldAsync(relay, second);
    }

    [Fact]
    public async Task A_body_without_end_by_BDAT_is_bounded()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Access = [config.Access[0] with { MaxMessageBytes = 1_000_000 }] });
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        var flood = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)'x');
            try
            {
                await client.SendAsync($"BDAT {1L << 30} LAST\r\n");
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
        await AssertNothingHeldAsync(relay, hub);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_stops_inside_a_large_body_is_cut_off_however_much_it_had_sent(bool chunked)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Limits = config.Limits with { IdleSeconds = 2 } });
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        if (!chunked)
        {
            await client.AskAsync("DATA");
        }

        await client.SendAsync((chunked ? "BDAT 5000000 LAST\r\n" : "") + Large(1_000_000));

        Assert.StartsWith("421 4.4.2", await client.ReplyAsync(8), StringComparison.Ordinal);
        Assert.True(await client.EndsAsync());
        await AssertNothingHeldAsync(relay, hub);
    }

    [Fact]
    public async Task In_doubt_with_the_client_gone_a_message_is_never_sent_again()
    {
        var dot = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new SemaphoreSlim(0);
        await using var silent = new ScriptedHub().On("DOT", _ =>
        {
            dot.TrySetResult();
            gate.Wait(TimeSpan.FromSeconds(20));
            return HubAct.Close;
        });
        await using var other = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([silent, other], First(0));
        var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync("x\r\n.\r\n");
        await dot.Task;
        client.Reset();
        for (var i = 0; i < 20; i++)
        {
            using var later = await relay.GreetAsync();
        }

        gate.Release();

        await AssertNothingHeldAsync(relay, other);
        Assert.DoesNotContain(other.Commands, line => line == "DATA");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_doubt_with_the_client_waiting_the_verdict_is_waited_for_and_a_broken_one_sought_elsewhere(bool breaks)
    {
        var dot = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new SemaphoreSlim(0);
        await using var silent = new ScriptedHub().On("DOT", _ =>
        {
            dot.TrySetResult();
            gate.Wait(TimeSpan.FromSeconds(20));
            return breaks ? HubAct.Close : null;
        });
        await using var other = new ScriptedHub();
        // Waiting for a verdict takes nothing of the time that attempts have.
        var patience = TimeSpan.FromSeconds(0.5);
        await using var relay = await TestRelay.StartAsync([silent, other], First(0), new HubTimeouts { Patience = patience });
        using var client = await relay.GreetAsync();
        await EnvelopeAsync(client);
        await client.AskAsync("DATA");
        await client.SendAsync("x\r\n.\r\n");
        await dot.Task;
        var started = TimeProvider.System.GetTimestamp();
        await Eventually.True(() => TimeProvider.System.GetElapsedTime(started) > patience * 2, "the patience is over");
        Assert.Empty(other.Messages);

        gate.Release();

        Assert.StartsWith("250", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(breaks ? 0 : 1, silent.Messages.Count);
        Assert.Equal(breaks ? 1 : 0, other.Messages.Count);
    }

    private static async Task AssertNothingHeldAsync(TestRelay relay, ScriptedHub hub)
    {
        await Eventually.True(() => relay.Status.Sessions == 0, "the session ends");
        await Eventually.True(() => relay.Status.Hubs.All(status => status.InFlight == 0), "the hubs are free again");
        Assert.Empty(hub.Messages);
    }
}
