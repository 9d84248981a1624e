using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Peers;

namespace RelayOperator.Bench.Scenarios;

/// <summary>One thing that is measured for several peers, run by run in turn.</summary>
public abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Throughput("kept", "32 sessions that keep their connection, 10 KiB", new SmtpSource(32, 20_000, 10_240, Kept: true), slowMessages: 2_000)
        {
            Targets = [new("HAProxy", 1.0), new("Postfix", 8), new("Haraka", 6)],
            CpuTargetMicroseconds = 160,
        },
        new Throughput("new", "32 sessions, a new connection per message, 10 KiB", new SmtpSource(32, 10_000, 10_240, Kept: false), slowMessages: 2_000)
        {
            Targets = [new("HAProxy", 1.1)],
        },
        new Throughput("big", "50 messages of 25 MiB at once", new SmtpSource(50, 50, 25 << 20, Kept: true))
        {
            Targets = [new("HAProxy", 0.7)],
            PeakTargetBytes = 200L << 20,
        },
        new Throughput("tls", "32 sessions, a new connection per message, 10 KiB, TLS to the hubs", new SmtpSource(32, 5_000, 10_240, Kept: false), tls: TlsSides.Hubs)
        {
            Targets = [new("HAProxy", 2.0)],
        },
        new Throughput("tls-clients", "32 sessions, a new connection per message, 10 KiB, TLS from the clients and to the hubs", new SmtpSource(32, 3_000, 10_240, Kept: false), tls: TlsSides.Both)
        {
            Targets = [new("HAProxy", 2.0)],
        },
        new Latency(),
        new IdleSessions(),
        new SpoolThroughput(),
        new SpoolBacklog(),
        new SharedSpool(),
        new OperatorScale(),
    ];

    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>Measures, prints its table, and says which targets were met.</summary>
    public abstract Task<IReadOnlyList<Verdict>> RunAsync(int runs, CancellationToken cancellationToken);
}
