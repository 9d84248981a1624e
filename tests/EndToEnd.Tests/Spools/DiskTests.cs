using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Spools;

/// <summary>A spool on a small disk of its own, which others fill.</summary>
[Collection("one at a time")]
public sealed class DiskTests
{
    private const string Spec = "  delivery: { mode: StoreAndForward, retrySeconds: [1] }\n  spool: { storage: { size: 1Gi } }";

    [Fact]
    public async Task A_full_disk_refuses_mail_for_now_loses_none_and_takes_it_again_by_itself()
    {
        await using var hub = await SinkProcess.StartAsync();
        await hub.Process!.KillAsync();
        await using var relay = await RelayProcess.StartAsync(
            [hub.Port], health: "probe: { intervalSeconds: 1, successes: 1 }, ejection: { baseSeconds: 1, maxSeconds: 2 }", spec: Spec, spoolDiskMiB: 64);
        using var stop = new CancellationTokenSource();
        var load = new LoadClient(relay.Address, 4);
        var sending = load.SendAsync(int.MaxValue, stop: stop.Token, pause: TimeSpan.FromMilliseconds(5));
        await Eventually.True(() => load.Acknowledged > 200, "mail is stored", 60);

        var filler = $"/proc/{relay.Process.Id}/root{relay.SpoolFolder}/filler";
        Fill(filler);
        await Eventually.True(async () => (await SpoolAsync(relay)).GetProperty("pressure").GetString() == "Full", "it is full", 30);
        await Eventually.True(() => load.Refused > 3, "mail is refused", 60);
        Assert.False(relay.Process.HasExited);
        File.Delete(filler);
        var mark = load.Acknowledged;
        await Eventually.True(() => load.Acknowledged > mark + 50, "mail is stored again", 60);
        await stop.CancelAsync();
        var report = await sending;

        Assert.All(report.Errors, error => Assert.Matches("^45[12] ", error));
        await hub.StartAgainAsync();
        await Eventually.True(async () => await relay.SpooledAsync() == 0, "the spool is empty", 60);
        var arrived = hub.ArrivedIds().ToList();
        Assert.Empty(report.Acknowledged.Except(arrived, StringComparer.Ordinal));
        Assert.Equal(arrived.Count, arrived.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task What_was_delivered_while_the_disk_was_full_is_settled_when_there_is_room()
    {
        await using var hub = await SinkProcess.StartAsync("--delay-ms", "300");
        await using var relay = await RelayProcess.StartAsync([hub.Port], spec: Spec, spoolDiskMiB: 64);
        var load = new LoadClient(relay.Address, 32);
        var sending = load.SendAsync(400);
        await Eventually.True(() => hub.ArrivedCount > 20, "mail flows", 60);

        var filler = $"/proc/{relay.Process.Id}/root{relay.SpoolFolder}/filler";
        Fill(filler);
        var report = await sending;
        File.Delete(filler);
        await Eventually.True(async () => await relay.SpooledAsync() == 0, "the spool is empty", 120);

        var arrived = hub.ArrivedIds().ToList();
        Assert.Empty(report.Acknowledged.Except(arrived, StringComparer.Ordinal));
        Assert.Equal(arrived.Count, arrived.Distinct(StringComparer.Ordinal).Count());
    }

    private static async Task<System.Text.Json.JsonElement> SpoolAsync(RelayProcess relay) => (await relay.StatusAsync()).GetProperty("spool");

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (ReadOnlySpan<int>)[1 << 20, 4096])
        {
            var block = new byte[size];
            try
            {
                while (true)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // No block of this size has a place any more.
            }
        }
    }
}
