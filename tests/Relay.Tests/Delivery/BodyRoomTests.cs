using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>What a client hears where there is no room for its message, and that room comes back.</summary>
public sealed class BodyRoomTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_room_for_a_large_body_the_answer_is_452_and_the_session_stays_in_step(bool chunked)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], tempFolder: "/proc/nowhere");
        using var client = await relay.GreetAsync();
        var body = Large(600_000);
        await EnvelopeAsync(client);
        if (!chunked)
        {
            await client.AskAsync("DATA");
        }

        Assert.StartsWith("452 4.3.1", await client.AskAsync(chunked ? $"BDAT {body.Length} LAST\r\n{body[..^2]}" : body + "."), StringComparison.Ordinal);

        Assert.Empty(hub.Messages);
        Assert.StartsWith("250", await SendAsync(client, "small\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_that_others_hold_is_waited_for_and_then_452_and_there_again_when_they_are_done()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Limits = config.Limits with { MemoryBytes = 200_000 } });
        using var holding = await relay.GreetAsync();
        await EnvelopeAsync(holding);
        Assert.StartsWith("250", await holding.AskAsync($"BDAT 130000\r\n{Large(200_000)[..129_998]}"), StringComparison.Ordinal);
        using var waiting = await relay.GreetAsync();

        Assert.StartsWith("452 4.3.1", await SendAsync(waiting, Large(130_000)), StringComparison.Ordinal);

        var again = SendAsync(waiting, Large(130_000));
        Assert.StartsWith("250", await holding.AskAsync("BDAT 0 LAST"), StringComparison.Ordinal);
        Assert.StartsWith("250", await again, StringComparison.Ordinal);
        Assert.Equal(2, hub.Messages.Count);
    }
}
