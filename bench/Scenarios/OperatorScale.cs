using RelayOperator.Bench.Fleet;
using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>What the operator takes to bring up, watch and change many pools, and how soon a standby takes over.</summary>
public sealed class OperatorScale : Scenario
{
    private const int Pools = 1000;
    private const int Hubs = 5;
    private const int Changes = 100;
    private const int ChangesInRelay = 20;
    private const double RestSeconds = 60;

    private readonly Random _random = new(1);

    public override string Name => "operator";

    public override string Title => $"{Pools} RelayPools with {Hubs} HubTransports each in one namespace, two pods each that answer /status";

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        await using var fleet = await PoolFleet.StartAsync(Pools, Hubs, port);
        await using var pods = await FleetPods.StartAsync(fleet.Server);
        var started = TimeProvider.System.GetTimestamp();
        await using var first = await OperatorProcess.StartAsync(fleet.Server.Address, fleet.Server.TokenOfAdmin("first"), "first");
        var tree = new ProcessTree(first.Process.Id);
        await Eventually.True(() => fleet.Served == Pools, $"all {Pools} pools are served", 600);
        var start = new Phase("cold start, until every pool is Ready and in force", Seconds(started), tree.CpuSeconds(), tree.PeakResident(), fleet.Server.Log.Writes.Count());
        await Console.Error.WriteLineAsync($"  {start}");

        var rest = await RestAsync(fleet, tree, cancellationToken);
        await Console.Error.WriteLineAsync($"  {rest}");
        var written = await ChangesAsync(fleet, cancellationToken);
        await Console.Error.WriteLineAsync($"  written p99 {written[^1]:F0} ms");
        var inForce = await ChangesInRelayAsync(fleet, port, cancellationToken);
        await Console.Error.WriteLineAsync($"  in force {inForce[^1]:F0} ms");
        var peak = tree.PeakResident();
        var (takeOver, served) = await TakeOverAsync(fleet, first);
        return Print(start, rest, written, inForce, peak, takeOver, served);
    }

    private static double Seconds(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds;

    // Once nothing but the Lease was written for as long as every pod is asked in.
    private static async Task<Phase> RestAsync(PoolFleet fleet, ProcessTree tree, CancellationToken cancellationToken)
    {
        var log = fleet.Server.Log;
        log.Clear();
        var quiet = TimeProvider.System.GetTimestamp();
        var seen = 0;
        await Eventually.True(
            () =>
            {
                var writes = log.Writes.Count(request => request.Resource != "leases");
                (quiet, seen) = writes == seen ? (quiet, seen) : (TimeProvider.System.GetTimestamp(), writes);
                return Seconds(quiet) > 40;
            },
            "nothing but the Lease is written",
            300);
        log.Clear();
        var (cpu, started) = (tree.CpuSeconds(), TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(RestSeconds), TimeProvider.System, cancellationToken);
        return new Phase("at rest", Seconds(started), tree.CpuSeconds() - cpu, tree.Resident(), log.Writes.Count(request => request.Resource != "leases"));
    }

    private async Task<double[]> ChangesAsync(PoolFleet fleet, CancellationToken cancellationToken)
    {
        var milliseconds = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            milliseconds.Add(await ChangeAsync(fleet, _random.Next(1, Pools), 21 + i));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        return [.. milliseconds.Order()];
    }

    private static async Task<double[]> ChangesInRelayAsync(PoolFleet fleet, int port, CancellationToken cancellationToken)
    {
        await using var relay = await FollowingRelay.StartAsync(fleet, 0, port);
        var milliseconds = new List<double>();
        for (var i = 0; i < ChangesInRelay; i++)
        {
            var before = await relay.SequenceAsync();
            await ChangeAsync(fleet, 0, 200 + i);
            var hub = PoolFleet.HubName(0, 0);
            await Eventually.True(async () => await relay.SequenceAsync() > before, "the change is in force in the relay");
            milliseconds.Add(TimeProvider.System.GetElapsedTime(fleet.WrittenAt("HubTransport", hub)).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken);
        }

        return [.. milliseconds.Order()];
    }

    // From the write of the hub to the event of the Secret.
    private static async Task<double> ChangeAsync(PoolFleet fleet, int pool, int connections)
    {
        var secret = $"{PoolFleet.PoolName(pool)}-config";
        var before = fleet.WrittenAt("Secret", secret);
        fleet.ChangeHub(pool, 0, connections);
        await Eventually.True(() => fleet.WrittenAt("Secret", secret) != before, $"{secret} is written");
        return TimeProvider.System.GetElapsedTime(fleet.WrittenAt("HubTransport", PoolFleet.HubName(pool, 0)), fleet.WrittenAt("Secret", secret)).TotalMilliseconds;
    }

    private static async Task<(double Leads, double Serves)> TakeOverAsync(PoolFleet fleet, OperatorProcess first)
    {
        await using var second = await OperatorProcess.StartAsync(fleet.Server.Address, fleet.Server.TokenOfAdmin("second"), "second");
        await Eventually.True(second.IsReadyAsync, "the standby is ready", 60);
        await first.Process.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        var secret = $"{PoolFleet.PoolName(Pools - 1)}-config";
        var before = fleet.WrittenAt("Secret", secret);
        fleet.ChangeHub(Pools - 1, 1, 300);
        await Eventually.True(() => fleet.Leader == "second", "the standby leads", 60);
        var leads = Seconds(killed);
        await Eventually.True(() => fleet.WrittenAt("Secret", secret) != before, "what came meanwhile is served", 120);
        return (leads, Seconds(killed));
    }

    private Verdict[] Print(Phase start, Phase rest, double[] written, double[] inForce, long peak, double takeOver, double served)
    {
        Console.WriteLine($"\n### {Name}: {Title}\n");
        Console.WriteLine("| | time | CPU | memory | writes but the Lease |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        Console.WriteLine(start);
        Console.WriteLine(rest);
        Console.WriteLine();
        Console.WriteLine("| | median | p99 | worst |");
        Console.WriteLine("|---|---:|---:|---:|");
        Console.WriteLine($"| a hub's change written to the pool's Secret, {Changes} changes | {Row(written)} |");
        Console.WriteLine($"| in force in a relay, {ChangesInRelay} changes | {Row(inForce)} |");
        Console.WriteLine();
        Console.WriteLine($"Leader killed: the standby leads after {takeOver:F1} s, and has written what came meanwhile after {served:F1} s.\n");
        Verdict[] verdicts =
        [
            new("at most 60 s from a cold start to all pools served", $"{start.Seconds:F1} s", start.Seconds <= 60),
            new("at most 250 MiB resident", $"{peak >> 20} MiB at the peak", peak <= 250L << 20),
            new("at most 5 % of a core at rest", $"{rest.CpuSeconds / rest.Seconds:P1}", rest.CpuSeconds / rest.Seconds <= 0.05),
            new("no write at rest but the Lease", $"{rest.Writes}", rest.Writes == 0),
            new("p99 of at most 200 ms from a hub's change to the Secret", $"{At(written, 0.99):F0} ms", At(written, 0.99) <= 200),
            new("at most 1 s from a hub's change to a relay", $"{inForce[^1]:F0} ms", inForce[^1] <= 1000),
            new("a standby leads within 20 s", $"{takeOver:F1} s", takeOver <= 20),
        ];
        Array.ForEach(verdicts, Console.WriteLine);
        return verdicts;
    }

    private static string Row(double[] sorted) => $"{At(sorted, 0.5):F0} ms | {At(sorted, 0.99):F0} ms | {sorted[^1]:F0} ms";

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private sealed record Phase(string What, double Seconds, double CpuSeconds, long Bytes, int Writes)
    {
        public override string ToString() => $"| {What} | {Seconds:F1} s | {CpuSeconds:F1} s | {Bytes >> 20} MiB | {Writes} |";
    }
}
