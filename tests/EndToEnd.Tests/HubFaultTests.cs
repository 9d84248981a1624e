using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Real relay, real hubs, real signals; the checker compares what was acknowledged with what arrived.</summary>
[Collection("one at a time")]
public sealed class HubFaultTests
{
    private const string QuickHealth = "probe: { intervalSeconds: 1, timeoutSeconds: 2 }, ejection: { baseSeconds: 1, maxSeconds: 4 }";

    // The full size is 40,000; what CI runs is shorter (RELAY_TEST_MESSAGES).
    private static readonly int Messages = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_MESSAGES") ?? "12000");

    [Fact]
    public async Task A_hub_that_is_killed_under_load_and_returns_costs_no_error_and_no_message()
    {
        await using var first = await SinkProcess.StartAsync();
        await using var second = await SinkProcess.StartAsync();
        await using var relay = await RelayProcess.StartAsync([first.Port, second.Port], health: QuickHealth);
        var load = new LoadClient(relay.Address, 32);
        var sending = load.SendAsync(Messages);

        await Eventually.True(() => load.Acknowledged > Messages / 4, "a quarter is sent", 120);
        await first.Process!.KillAsync();
        await Eventually.True(() => load.Acknowledged > Messages / 2, "half is sent", 120);
        await first.StartAgainAsync();
        await Eventually.True(async () => await relay.HubStateAsync(0) == "Healthy", "the hub is back", 30);
        var report = await sending;

        Assert.Empty(report.Errors);
        Assert.Equal(Messages, report.Acknowledged.Count);
        AssertNothingLost(report, first, second);
    }

    [Fact]
    public async Task A_hub_that_freezes_takes_no_new_mail_within_10_s_and_what_hangs_in_it_is_through_within_20_s()
    {
        await using var first = await SinkProcess.StartAsync();
        await using var second = await SinkProcess.StartAsync();
        await using var relay = await RelayProcess.StartAsync([first.Port, second.Port]);
        using var stop = new CancellationTokenSource();
        var load = new LoadClient(relay.Address, 32);
        var sending = load.SendAsync(int.MaxValue, stop: stop.Token);
        await Eventually.True(() => load.Acknowledged > 500, "mail flows", 60);

        await first.Process!.SignalAsync("STOP");
        var frozen = TimeProvider.System.GetTimestamp();
        await Eventually.True(async () => await relay.HubStateAsync(0) is not ("Healthy" or "Unknown"), "the frozen hub takes no new mail", 10);
        await Eventually.True(async () => (await relay.HubAsync(0)).GetProperty("inFlight").GetInt32() == 0, "what hung in it is elsewhere", 20 - TimeProvider.System.GetElapsedTime(frozen).TotalSeconds);
        await first.Process.SignalAsync("CONT");
        await Eventually.True(async () => await relay.HubStateAsync(0) == "Healthy", "the hub is back", 60);
        await stop.CancelAsync();
        var report = await sending;

        Assert.Empty(report.Errors);
        AssertNothingLost(report, first, second);
    }

    [Fact]
    public async Task A_relay_that_is_restarted_under_load_cuts_no_transaction_off_and_loses_nothing()
    {
        await using var first = await SinkProcess.StartAsync();
        await using var second = await SinkProcess.StartAsync();
        await using var relay = await RelayProcess.StartAsync([first.Port, second.Port]);
        var load = new LoadClient(relay.Address, 16);
        var sending = load.SendAsync(6000, reconnect: true);
        for (var round = 1; round <= 2; round++)
        {
            var mark = round * 1500;
            await Eventually.True(() => load.Acknowledged > mark, $"{mark} are sent", 60);
            await relay.Process.SignalAsync("TERM");
            Assert.Equal(0, await relay.Process.ExitAsync());
            await relay.StartAgainAsync();
        }

        var report = await sending;

        Assert.Empty(report.Errors);
        AssertNothingLost(report, first, second);
    }

    private static void AssertNothingLost(LoadReport report, params SinkProcess[] hubs)
    {
        var arrived = hubs.SelectMany(hub => hub.ArrivedIds()).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(report.Acknowledged, id => !arrived.Contains(id));
    }
}
