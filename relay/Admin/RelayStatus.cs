namespace RelayOperator.Relay.Admin;

/// <summary>What /status tells.</summary>
public sealed record RelayStatus
{
    public required string Pool { get; init; }

    public required string PoolUid { get; init; }

    /// <summary>This pod's name; null outside of a cluster, as are its uid, the sequence and the drain token.</summary>
    public required string? PodName { get; init; }

    public required string? PodUid { get; init; }

    public required string Version { get; init; }

    public required string ConfigHash { get; init; }

    /// <summary>Number of the operator's write that is in force.</summary>
    public required long? ConfigSequence { get; init; }

    /// <summary>Faults of the last configuration that was refused; empty where the last one is in force.</summary>
    public required IReadOnlyList<string> ConfigFaults { get; init; }

    /// <summary>The relay was told to end. In a pod it accepts for a while yet, until it is no longer ready.</summary>
    public required bool Leaving { get; init; }

    /// <summary>The operator wants to remove this pod; it goes on serving until it is ended.</summary>
    public required bool Draining { get; init; }

    /// <summary>In a pod: draining, and every transaction from before that has ended. Elsewhere: leaving, and no session is left.</summary>
    public required bool Drained { get; init; }

    /// <summary>The sequence under which it is drained; null while it is not. Worth something for that sequence alone.</summary>
    public required long? DrainToken { get; init; }

    public required int Sessions { get; init; }

    public required IReadOnlyList<ListenerStatus> Listeners { get; init; }

    public required IReadOnlyList<HubStatus> Hubs { get; init; }

    /// <summary>Addresses of nodes and gateways from which clients came in the last ten minutes; some of very many.</summary>
    public required IReadOnlyList<string> HiddenClients { get; init; }

    /// <summary>Null where the pool has no spool.</summary>
    public required SpoolStatus? Spool { get; init; }
}
