using System.Globalization;
using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>A million messages that wait for a hub: what they cost while they wait, at a restart, and how fast they go.</summary>
public sealed class SpoolBacklog : Scenario
{
    private static readonly int Messages = int.Parse(Environment.GetEnvironmentVariable("RELAY_BENCH_BACKLOG") ?? "1000000", CultureInfo.InvariantCulture);
    private static readonly SmtpSource Probe = new(32, 20_000, 2_048, Kept: true);

    public override string Name => "backlog";

    public override string Title => string.Create(CultureInfo.InvariantCulture, $"{Messages:N0} queued messages of 2 KiB");

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls: false);
        int[] ports = [FreePort.Next(), FreePort.Next()];
        await using var peer = await SpoolPeer.StartAsync("backlog", hubs, ports, "CutThrough");
        await RateAsync(peer, Probe, cancellationToken);
        var empty = await RateAsync(peer, Probe, cancellationToken);
        // One run of the client lasts five minutes at most.
        for (var left = Messages - (3 * Probe.Messages); left > 0; left -= 200_000)
        {
            await RateAsync(peer, Probe with { Messages = Math.Min(left, 200_000) }, cancellationToken);
            await Console.Error.WriteLineAsync($"  {await peer.SpooledAsync()} are queued, {peer.Tree.Resident() >> 20} MiB");
        }

        peer.Tree.ForgetPeak();
        var full = await RateAsync(peer, Probe, cancellationToken);
        var memory = peer.Tree.PeakResident();
        var queued = await peer.SpooledAsync();
        var start = await peer.StartAgainAsync();
        var afterStart = await peer.SpooledAsync();

        await using var returned = await HubPair.StartAsync(ports);
        await Eventually.True(async () => await peer.SpooledAsync() < afterStart, "hubs are back", 30);
        var (began, before) = (TimeProvider.System.GetTimestamp(), await peer.SpooledAsync());
        await peer.EmptyAsync(3600);
        var drained = before / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var disk = new DirectoryInfo(peer.Folder).EnumerateFiles().Sum(file => file.Length);

        Console.WriteLine($"\n### {Name}: {Title}\n\n{DiskSync.Line(hubs.Path(""))}\n");
        Console.WriteLine($"Accepted {empty:F0} messages/s into an empty spool and {full:F0} behind {queued:N0}; {memory >> 20} MiB resident meanwhile; served {start:F1} s after a SIGKILL with all {afterStart:N0}; went out at {drained:F0} messages/s; the files have {disk >> 20} MiB at the end.\n");
        List<Verdict> verdicts =
        [
            new("at most 300 MiB resident", $"{memory >> 20} MiB", memory <= 300L << 20),
            new("accepts within 25 % of the empty spool's rate", $"{full / empty:P0}", full >= 0.75 * empty),
            new("serves within 10 s", $"{start:F1} s", start <= 10),
            new("goes out at half the accept rate at least", $"{drained / full:F2} ×", drained >= 0.5 * full),
            new("nothing is missing after the kill", $"{afterStart - queued}", afterStart == queued),
        ];
        verdicts.ForEach(Console.WriteLine);
        return verdicts;
    }

    private static async Task<double> RateAsync(SpoolPeer peer, SmtpSource load, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        await load.RunAsync(peer.Port, cancellationToken);
        return load.Messages / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
