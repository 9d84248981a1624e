namespace RelayOperator.Relay.Admin;

/// <summary>What /status tells.</summary>
public sealed record RelayStatus
{
    public required string Pool { get; init; }

    public required string Version { get; init; }

    public required string ConfigHash { get; init; }

    /// <summary>Faults of the last configuration that was refused; empty where the last one is in force.</summary>
    public required IReadOnlyList<string> ConfigFaults { get; init; }

    /// <summary>The relay takes no new sessions and ends when the last transaction has.</summary>
    public required bool Leaving { get; init; }

    /// <summary>Leaving, and no transaction is in flight.</summary>
    public required bool Drained { get; init; }

    public required int Sessions { get; init; }

    public required IReadOnlyList<ListenerStatus> Listeners { get; init; }

    public required IReadOnlyList<HubStatus> Hubs { get; init; }
}
