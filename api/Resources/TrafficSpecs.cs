using System.Collections.Immutable;
using RelayOperator.Api.Binding;
using RelayOperator.Api.Config;

namespace RelayOperator.Api;

/// <summary>How one of the available hubs is chosen.</summary>
public sealed record BalancingSpec
{
    /// <summary>LeastLoaded: the less loaded of two picked by weight. RoundRobin: in turn, by weight. ClientHash: the same client to the same hub.</summary>
    public BalancingPolicy Policy { get; init; } = BalancingPolicy.LeastLoaded;

    /// <summary>Bits of an IPv4 client address that ClientHash looks at; 24 is NLB's "Network" affinity.</summary>
    [Bounds(1, 32)]
    public int ClientHashPrefix { get; init; } = 32;

    /// <summary>Bits of an IPv6 client address that ClientHash looks at.</summary>
    [Bounds(1, 128)]
    public int ClientHashPrefixV6 { get; init; } = 64;

    /// <summary>Prefers hubs of the relay's own zone, while one is available there.</summary>
    public bool PreferSameZone { get; init; } = true;

    /// <summary>Seconds over which a hub that returns gets back to its full share; 0: at once.</summary>
    [Bounds(0, 3600)]
    public int SlowStartSeconds { get; init; } = 30;
}

/// <summary>How hubs are judged.</summary>
public sealed record HealthSpec
{
    /// <summary>Active probes; spared while real mail proves the hub healthy.</summary>
    public ProbeSpec Probe { get; init; } = new();

    /// <summary>Passive judgement by what becomes of real mail.</summary>
    public EjectionSpec Ejection { get; init; } = new();
}

/// <summary>Active probes.</summary>
public sealed record ProbeSpec
{
    /// <summary>How far a probe goes before QUIT; each depth includes those before it. None ever sends mail.</summary>
    public ProbeDepth Depth { get; init; } = ProbeDepth.Ehlo;

    /// <summary>Seconds between probes, give or take 10 %; every second while a hub is suspect.</summary>
    [Bounds(1, 3600)]
    public int IntervalSeconds { get; init; } = 5;

    /// <summary>Seconds after which a probe has failed.</summary>
    [Bounds(1, 300)]
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Failed probes in a row that take a hub out.</summary>
    [Bounds(1, 100)]
    public int Failures { get; init; } = 2;

    /// <summary>Good probes in a row that bring it back.</summary>
    [Bounds(1, 100)]
    public int Successes { get; init; } = 2;
}

/// <summary>Passive ejection.</summary>
public sealed record EjectionSpec
{
    /// <summary>Failures in a row that eject a hub; a refused connect ejects at once.</summary>
    [Bounds(1, 100)]
    public int Failures { get; init; } = 3;

    /// <summary>Seconds that a first ejection lasts; doubled by each further one.</summary>
    [Bounds(1, 3600)]
    public int BaseSeconds { get; init; } = 10;

    /// <summary>Seconds that an ejection lasts at most; not below baseSeconds.</summary>
    [Bounds(1, 86400)]
    public int MaxSeconds { get; init; } = 300;
}

/// <summary>When a client hears 250, and what becomes of mail that has to wait.</summary>
public sealed record DeliverySpec
{
    /// <summary>CutThrough: the client's 250 is the hub's. StoreAndForward: it follows the spool's fsync; needs spec.spool.</summary>
    public DeliveryMode Mode { get; init; } = DeliveryMode.CutThrough;

    /// <summary>Seconds between attempts for a spooled message; the last one repeats.</summary>
    [Items(1, 64), Bounds(1, 86400)]
    public ImmutableArray<int> RetrySeconds { get; init; } = [60, 60, 60, 60, 300, 300, 300, 300, 300, 300, 600];

    /// <summary>Seconds after which a spooled message is given up.</summary>
    [Bounds(60, 2592000)]
    public int ExpireSeconds { get; init; } = 172800;

    /// <summary>Seconds after which the sender is told of a delay; 0: never.</summary>
    [Bounds(0, 2592000)]
    public int DelayNoticeSeconds { get; init; } = 14400;

    /// <summary>Most Received lines of a message; one with more is taken for looping and refused with 554 5.4.6.</summary>
    [Bounds(1, 1000)]
    public int MaxHops { get; init; } = 100;

    /// <summary>Who is told about mail that could not be delivered.</summary>
    public NotificationMode Notifications { get; init; } = NotificationMode.Sender;
}

/// <summary>Limits of one relay pod.</summary>
public sealed record LimitsSpec
{
    /// <summary>Most sessions; more are answered 421 4.7.0.</summary>
    [Bounds(1, 100000)]
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Most sessions of one client address.</summary>
    [Bounds(1, 100000)]
    public int MaxConnectionsPerClient { get; init; } = 100;

    /// <summary>Most recipients of one transaction; more are answered 452 4.5.3.</summary>
    [Bounds(1, 100000)]
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>Largest message in bytes; a larger one is answered 552 5.3.4.</summary>
    [Bounds(1024, 2147483648)]
    public long MaxMessageBytes { get; init; } = 37748736;

    /// <summary>Messages after which a session is ended with 421, to rebalance it; 0: never.</summary>
    [Bounds(0, 1000000)]
    public int MaxMessagesPerConnection { get; init; }

    /// <summary>New connections a minute of one client address; more are answered 421 4.7.0; 0: no limit.</summary>
    [Bounds(0, 1000000)]
    public int ConnectionsPerMinute { get; init; }

    /// <summary>Refusals (5xx) in a session after which it is ended with 421 4.7.0; a message that is taken begins the count anew. From half of them on each command is answered a second later.</summary>
    [Bounds(2, 1000000)]
    public int MaxErrors { get; init; } = 50;

    /// <summary>Seconds after which a session is ended with 421 between transactions; 0: never.</summary>
    [Bounds(0, 604800)]
    public int MaxSessionSeconds { get; init; }

    /// <summary>Seconds that a client may stay silent.</summary>
    [Bounds(1, 86400)]
    public int IdleSeconds { get; init; } = 300;

    /// <summary>Bytes of memory for messages on their way; beyond it they go to temporary files.</summary>
    [Bounds(1048576, 1099511627776)]
    public long MemoryBytes { get; init; } = 268435456;

    /// <summary>Bytes of temporary files for messages on their way; beyond it clients wait, then hear 452 4.3.1.</summary>
    [Bounds(0, 1099511627776)]
    public long TempBytes { get; init; } = 4294967296;
}
