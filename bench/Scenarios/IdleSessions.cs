using System.Net;
using RelayOperator.Bench.Peers;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>What sessions cost that have said EHLO and wait for what comes.</summary>
public sealed class IdleSessions : Scenario
{
    private const int Sessions = 10_000;
    private const int Together = 100;
    private const long TargetBytes = 200L << 20;

    public override string Name => "idle";

    public override string Title => $"{Sessions} sessions that have said EHLO and wait";

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls: false);
        await using var relay = await RelayPeer.StartAsync(hubs, TlsSides.None);
        var before = relay.Tree!.Resident();
        var sessions = new List<SmtpWire>(Sessions);
        try
        {
            while (sessions.Count < Sessions)
            {
                sessions.AddRange(await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => OpenAsync(relay.Port))));
                cancellationToken.ThrowIfCancellationRequested();
            }

            var after = relay.Tree.Resident();
            Console.WriteLine($"\n### {Name}: {Title}\n");
            Console.WriteLine("| | without sessions | with them | per session |");
            Console.WriteLine("|---|---:|---:|---:|");
            Console.WriteLine($"| relay | {before >> 20} MiB | {after >> 20} MiB | {(after - before) / 1024.0 / Sessions:F1} KiB |");
            var verdict = new Verdict($"at most {TargetBytes >> 20} MiB resident", $"{after >> 20} MiB", after <= TargetBytes);
            Console.WriteLine($"\n{verdict}");
            return [verdict];
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
        }
    }

    private static async Task<SmtpWire> OpenAsync(int port)
    {
        var wire = await SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await wire.ReplyAsync();
        var said = await wire.AskAsync("EHLO app.bench.example");
        return said.StartsWith("250", StringComparison.Ordinal) ? wire : throw new InvalidOperationException($"EHLO was answered {said}");
    }
}
