using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;

namespace RelayOperator.Bench.Scenarios;

/// <summary>Messages a second through each peer, and what they cost it.</summary>
/// <param name="name">Name on the command line.</param>
/// <param name="title">What is sent, in words.</param>
/// <param name="load">One run's load.</param>
/// <param name="slowMessages">Messages for the peers that spool or interpret, if the usual number took them too long; 0 leaves them out.</param>
/// <param name="tls">Where TLS is spoken; with it there is no straight line and no slow peer.</param>
public sealed class Throughput(string name, string title, SmtpSource load, int slowMessages = 0, TlsSides tls = TlsSides.None) : Scenario
{
    // Caches fill and code is compiled, and where it runs hot compiled once more.
    private const int WarmUps = 2;

    public override string Name => name;

    public override string Title => title;

    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>Most CPU a message may cost the relay; 0: no such target.</summary>
    public double CpuTargetMicroseconds { get; init; }

    /// <summary>Most resident memory of the relay; 0: no such target.</summary>
    public long PeakTargetBytes { get; init; }

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls != TlsSides.None);
        var peers = new List<Peer>();
        try
        {
            if (tls == TlsSides.None)
            {
                peers.Add(new Straight(hubs));
            }

            peers.Add(await RelayPeer.StartAsync(hubs, tls));
            peers.Add(await HaProxy.StartAsync(hubs, tls));
            if (tls == TlsSides.Both)
            {
                for (var i = 0; i < peers.Count; i++)
                {
                    peers[i] = await TlsClients.StartAsync(peers[i], hubs);
                }
            }

            if (slowMessages > 0)
            {
                peers.Add(await Haraka.StartAsync(hubs));
                if (Environment.IsPrivilegedProcess)
                {
                    peers.Add(await Postfix.StartAsync(hubs));
                }
                else
                {
                    await Console.Error.WriteLineAsync("Postfix is left out: its master needs root.");
                }
            }

            var samples = peers.ToDictionary(peer => peer.Name, _ => new List<Sample>(), StringComparer.Ordinal);
            foreach (var peer in Enumerable.Repeat(peers, WarmUps).SelectMany(all => all))
            {
                await MeasureAsync(peer, cancellationToken);
            }

            for (var run = 0; run < runs; run++)
            {
                // Each run begins with another peer, so that what drifts hits all of them.
                foreach (var peer in peers.Skip(run % peers.Count).Concat(peers.Take(run % peers.Count)))
                {
                    var sample = await MeasureAsync(peer, cancellationToken);
                    samples[peer.Name].Add(sample);
                    await Console.Error.WriteLineAsync($"  {run + 1}/{runs} {peer.Name,-9} {sample.Value,8:F1} msg/s {sample.CpuMicroseconds,8:F0} us {sample.PeakBytes >> 20,5} MiB");
                }
            }

            return new ThroughputTable(this, samples).Print();
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private async Task<Sample> MeasureAsync(Peer peer, CancellationToken cancellationToken)
    {
        var work = peer.Name is "Haraka" or "Postfix" ? load with { Messages = slowMessages } : load;
        var tree = peer.Tree;
        tree?.ForgetPeak();
        var cpu = tree?.CpuSeconds() ?? 0;
        var started = TimeProvider.System.GetTimestamp();
        await work.RunAsync(peer.Port, cancellationToken);
        await peer.DeliveredAsync();
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        return new Sample(
            work.Messages / seconds,
            tree is null ? 0 : (tree.CpuSeconds() - cpu) * 1e6 / work.Messages,
            tree?.PeakResident() ?? 0);
    }
}
