using System.Net;
using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Scenarios;

/// <summary>One session, one message at a time: what the relay adds to the time from MAIL to the verdict.</summary>
public sealed class Latency : Scenario
{
    private const int Messages = 500;
    private const double TargetMilliseconds = 0.6;

    private static readonly string Body = string.Concat(Enumerable.Repeat(new string('x', 78) + "\r\n", 128)) + ".\r\n";

    public override string Name => "latency";

    public override string Title => "one session, one message of 10 KiB at a time, no pipelining";

    public override async Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken)
    {
        await using var hubs = await HubPair.StartAsync(tls: false);
        await using var relay = await RelayPeer.StartAsync(hubs, TlsSides.None);
        await using var haProxy = await HaProxy.StartAsync(hubs, TlsSides.None);
        await using var straight = new Straight(hubs);
        Peer[] peers = [straight, relay, haProxy];
        var medians = peers.ToDictionary(peer => peer.Name, _ => new List<double>(), StringComparer.Ordinal);
        var worst = peers.ToDictionary(peer => peer.Name, _ => new List<double>(), StringComparer.Ordinal);
        for (var run = -1; run < runs; run++)
        {
            foreach (var peer in peers)
            {
                var times = await TimesAsync(peer.Port, run < 0 ? 4 * Messages : Messages, cancellationToken);
                if (run >= 0)
                {
                    medians[peer.Name].Add(times[times.Length / 2]);
                    worst[peer.Name].Add(times[times.Length * 99 / 100]);
                }
            }
        }

        Console.WriteLine($"\n### {Name}: {Title}\n");
        Console.WriteLine("| | median of medians, ms | lowest to highest median | p99, median of runs | added to straight |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var peer in peers)
        {
            var found = medians[peer.Name];
            var more = peer == straight ? "" : $"{Added(peer):F2} ms";
            Console.WriteLine($"| {peer.Name} | {Sample.Median(found):F2} | {found.Min():F2} to {found.Max():F2} | {Sample.Median(worst[peer.Name]):F2} | {more} |");
        }

        var added = Added(relay);
        var verdict = new Verdict($"at most {TargetMilliseconds} ms added at the median", $"{added:F2} ms", added <= TargetMilliseconds);
        Console.WriteLine($"\n{verdict}");
        return [verdict];

        double Added(Peer peer) => Sample.Median(medians[peer.Name].Zip(medians[straight.Name], (own, other) => own - other));
    }

    /// <summary>Milliseconds of each message, sorted.</summary>
    private static async Task<double[]> TimesAsync(int port, int messages, CancellationToken cancellationToken)
    {
        using var wire = await SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await ExpectAsync("220", wire.ReplyAsync());
        await ExpectAsync("250", wire.AskAsync("EHLO app.bench.example"));
        var times = new double[messages];
        for (var i = 0; i < messages; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = TimeProvider.System.GetTimestamp();
            await ExpectAsync("250", wire.AskAsync("MAIL FROM:<app@bench.example>"));
            await ExpectAsync("250", wire.AskAsync("RCPT TO:<user@bench.example>"));
            await ExpectAsync("354", wire.AskAsync("DATA"));
            await wire.SendAsync(Body);
            await ExpectAsync("250", wire.ReplyAsync());
            times[i] = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
        }

        await ExpectAsync("221", wire.AskAsync("QUIT"));
        Array.Sort(times);
        return times;
    }

    private static async Task ExpectAsync(string code, Task<string> reply)
    {
        var said = await reply;
        if (!said.StartsWith(code, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{code} was expected, found: {said}");
        }
    }
}
