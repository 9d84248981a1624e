using System.Text;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Spools;

/// <summary>Messages far larger than the memory that the relay may take.</summary>
[Collection("one at a time")]
public sealed class LargeMessageTests
{
    private const int AtOnce = 3;
    private const int Line = 78;
    private const int Lines = 100 * 1024 * 1024 / (Line + 2);

    [Theory]
    [InlineData("CutThrough")]
    [InlineData("StoreAndForward")]
    public async Task A_hundred_MiB_go_into_the_spool_and_out_of_it_in_a_heap_that_does_not_hold_one_of_them(string mode)
    {
        await using var hub = await SinkProcess.StartAsync();
        await hub.Process!.KillAsync();
        await using var relay = await RelayProcess.StartAsync(
            [hub.Port],
            limits: "maxMessageBytes: 209715200, memoryBytes: 16777216",
            health: "probe: { intervalSeconds: 1, successes: 1 }, ejection: { baseSeconds: 1, maxSeconds: 2 }",
            spec: $"  delivery: {{ mode: {mode}, retrySeconds: [1] }}\n  spool: {{ storage: {{ size: 2Gi }} }}",
            heapMiB: 64);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => SendAsync(relay)));
        Assert.Equal(AtOnce, await relay.SpooledAsync());

        await hub.StartAgainAsync();
        await Eventually.True(async () => await relay.SpooledAsync() == 0, "the hub has them", 120);
        Assert.False(relay.Process.HasExited);
        Assert.All(hub.ArrivedBytes(), bytes => Assert.InRange(bytes, (long)Lines * (Line + 2), ((long)Lines * (Line + 2)) + 2048));
        Assert.Equal(AtOnce, hub.ArrivedBytes().Count());
    }

    private static async Task SendAsync(RelayProcess relay)
    {
        using var client = await SmtpWire.ConnectAsync(relay.Address);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        await client.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        var block = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(new string('x', Line) + "\r\n", 1024)));
        for (var sent = 0; sent < Lines; sent += 1024)
        {
            await client.SendAsync(block.AsMemory(0, Math.Min(1024, Lines - sent) * (Line + 2)));
        }

        await client.SendAsync("\r\n.\r\n");
        Assert.StartsWith("250 2.0.0 queued as", await client.ReplyAsync(seconds: 120), StringComparison.Ordinal);
    }
}
