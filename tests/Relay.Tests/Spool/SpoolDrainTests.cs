using RelayOperator.Relay.Server;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>A pod with a spool that the operator wants to remove.</summary>
public sealed class SpoolDrainTests
{
    [Fact]
    public async Task It_is_drained_when_its_spool_is_empty_and_then_takes_nothing_into_it_until_it_is_to_stay()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();
        await relay.SendAsync();
        await ApplyAsync(relay, 7, draining: true);

        Assert.Contains("queued as", (await relay.SendAsync())[^1], StringComparison.Ordinal);
        Assert.False(relay.Relay.Status.Drained);

        await using (var back = new ScriptedHub(port))
        {
            await Eventually.True(() => relay.Relay.Status.Drained, "it is drained", 20);
            Assert.Equal(2, back.Messages.Count);
            Assert.Equal(7, relay.Relay.Status.DrainToken);
            Assert.True(relay.Spool.Sealed);
            Assert.StartsWith("250", (await relay.SendAsync())[^1], StringComparison.Ordinal);
        }

        Assert.StartsWith("451", (await relay.SendAsync())[0], StringComparison.Ordinal);
        Assert.Equal(0, relay.Spool.Messages);

        await ApplyAsync(relay, 8, draining: false);
        Assert.False(relay.Spool.Sealed);
        Assert.Contains("queued as", (await relay.SendAsync())[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_peer_stays_nothing_is_kept_any_more()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();
        using var client = await relay.Relay.GreetAsync();
        await client.AskAsync("MAIL FROM:<a@from.test>");

        await relay.Relay.Host.ApplyAsync(relay.Relay.Config, new PodAssignment("corp-0", "uid", 7, Draining: true, Closing: true));

        Assert.StartsWith("451", await client.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_may_keep_nothing_passes_on_what_a_hub_says()
    {
        await using var hub = new ScriptedHub();
        hub.On("DOT", "451 4.3.0 not now");
        await using var relay = await SpoolRelay.StartAsync([hub]);
        await relay.Relay.Host.ApplyAsync(relay.Relay.Config, new PodAssignment("corp-0", "uid", 7, Draining: true, Closing: false));
        await Eventually.True(() => relay.Spool.Sealed, "its spool is sealed");

        Assert.Equal("451 4.3.0 not now", (await relay.SendAsync())[^1]);
    }

    private static async Task ApplyAsync(SpoolRelay relay, long sequence, bool draining) =>
        Assert.Null(await relay.Relay.Host.ApplyAsync(relay.Relay.Config, new PodAssignment("corp-0", "uid", sequence, draining)));
}
