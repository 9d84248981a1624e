using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>
/// What durability costs: mail that is stored first and then forwarded, against Postfix, which does the same; and mail that
/// is stored because no hub is there, against our own cut-through.
/// </summary>
public sealed class SpoolThroughput : Scenario
{
    private const string Stored = "stored";
    private const string Queued = "queued";
    private const string Relay = "relay";
    private const string Postfix = "Postfix";
    private const int WarmUps = 2;

    private static readonly SmtpSource Load = new(32, 10_000, 10_240, Kept: true);
    private static readonly SmtpSource PostfixLoad = Load with { Messages = 2_000 };

    public override string Name => "spool";

    public override string Title => "32 sessions, 10 KiB: cut-through (relay), StoreAndForward until delivered (stored), hubs down until accepted (queued)";

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls: false);
        List<Peer> peers =
        [
            await SpoolPeer.StartAsync(Relay, hubs, hubs.Ports, "CutThrough"),
            await SpoolPeer.StartAsync(Stored, hubs, hubs.Ports, "StoreAndForward"),
            await SpoolPeer.StartAsync(Queued, hubs, [FreePort.Next(), FreePort.Next()], "CutThrough"),
        ];
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                peers.Add(await Peers.Postfix.StartAsync(hubs));
            }

            var samples = peers.ToDictionary(peer => peer.Name, _ => new List<Sample>(), StringComparer.Ordinal);
            for (var run = -WarmUps; run < runs; run++)
            {
                var first = Math.Max(0, run) % peers.Count;
                foreach (var peer in peers.Skip(first).Concat(peers.Take(first)))
                {
                    var sample = await MeasureAsync(peer, cancellationToken);
                    if (run >= 0)
                    {
                        samples[peer.Name].Add(sample);
                        await Console.Error.WriteLineAsync($"  {run + 1}/{runs} {peer.Name,-9} {sample.Value,8:F1} msg/s {sample.CpuMicroseconds,8:F0} us {sample.PeakBytes >> 20,5} MiB");
                    }
                }
            }

            return Print(samples, DiskSync.Line(hubs.Path("")));
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private List<Verdict> Print(Dictionary<string, List<Sample>> samples, string disk)
    {
        Console.WriteLine($"\n### {Name}: {Title}\n\n{disk}\n");
        Console.WriteLine("| | messages/s, median | lowest to highest | CPU per message | peak memory |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var (peer, runs) in samples)
        {
            var rates = runs.ConvertAll(run => run.Value);
            Console.WriteLine($"| {peer} | {Sample.Median(rates):F0} | {rates.Min():F0} to {rates.Max():F0} | {Sample.Median(runs.Select(run => run.CpuMicroseconds)):F0} µs | {runs.Max(run => run.PeakBytes) >> 20} MiB |");
        }

        Console.WriteLine();
        List<Verdict> verdicts = [AtLeast(samples, Queued, Relay, 0.6)];
        if (samples.ContainsKey(Postfix))
        {
            verdicts.Add(AtLeast(samples, Stored, Postfix, 8));
        }

        verdicts.ForEach(Console.WriteLine);
        return verdicts;
    }

    private static Verdict AtLeast(Dictionary<string, List<Sample>> samples, string own, string other, double wanted)
    {
        var ratio = Sample.Median(samples[own].Zip(samples[other], (mine, its) => mine.Value / its.Value));
        return new($"{own} at least {wanted:F1} × {other}", $"{ratio:F2} ×", ratio >= wanted);
    }

    private static async Task<Sample> MeasureAsync(Peer peer, CancellationToken cancellationToken)
    {
        var load = peer.Name == Postfix ? PostfixLoad : Load;
        var tree = peer.Tree!;
        tree.ForgetPeak();
        var cpu = tree.CpuSeconds();
        var started = TimeProvider.System.GetTimestamp();
        await load.RunAsync(peer.Port, cancellationToken);
        await peer.DeliveredAsync();
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        return new Sample(load.Messages / seconds, (tree.CpuSeconds() - cpu) * 1e6 / load.Messages, tree.PeakResident());
    }
}
