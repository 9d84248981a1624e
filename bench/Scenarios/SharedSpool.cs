using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>Two relays that store everything in one PostgreSQL on this machine before they forward it.</summary>
public sealed class SharedSpool : Scenario
{
    private const int WarmUps = 2;
    private const double Wanted = 1500;

    private static readonly SmtpSource Load = new(16, 5_000, 10_240, Kept: true);

    public override string Name => "postgres";

    public override string Title => "two relays, one PostgreSQL, 32 sessions, 10 KiB, StoreAndForward until delivered";

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls: false);
        await using var database = await PostgresServer.StartAsync();
        var uri = await database.CreateDatabaseAsync();
        await using var one = await SpoolPeer.StartAsync("one", hubs, hubs.Ports, "StoreAndForward", uri);
        await using var two = await SpoolPeer.StartAsync("two", hubs, hubs.Ports, "StoreAndForward", uri);
        var server = new ProcessTree(database.ProcessId);
        List<double> rates = [], relays = [], databases = [];
        for (var run = -WarmUps; run < runs; run++)
        {
            var (relayed, stored) = (one.Tree.CpuSeconds() + two.Tree.CpuSeconds(), server.CpuSeconds());
            var started = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(Load.RunAsync(one.Port, cancellationToken), Load.RunAsync(two.Port, cancellationToken));
            await one.EmptyAsync(300);
            var rate = 2 * Load.Messages / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            relayed = PerMessage(one.Tree.CpuSeconds() + two.Tree.CpuSeconds() - relayed);
            stored = PerMessage(server.CpuSeconds() - stored);
            await Console.Error.WriteLineAsync($"  {run + 1}/{runs} {rate,8:F1} msg/s {relayed,8:F0} us {stored,8:F0} us");
            if (run >= 0)
            {
                rates.Add(rate);
                relays.Add(relayed);
                databases.Add(stored);
            }
        }

        Console.WriteLine($"\n### {Name}: {Title}\n\n{DiskSync.Line(hubs.Path(""))} Median {Sample.Median(rates):F0} messages/s, {rates.Min():F0} to {rates.Max():F0}; CPU per message: relays {Sample.Median(relays):F0} µs, PostgreSQL {Sample.Median(databases):F0} µs.\n");
        var verdict = new Verdict($"at least {Wanted:F0} messages/s", $"{Sample.Median(rates):F0}", Sample.Median(rates) >= Wanted);
        Console.WriteLine(verdict);
        return [verdict];
    }

    private static double PerMessage(double seconds) => seconds * 1e6 / (2 * Load.Messages);
}
