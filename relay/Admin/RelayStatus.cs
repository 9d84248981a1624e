using System.Text.Json.Serialization;

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

/// <summary>One listener and where it is bound.</summary>
public sealed record ListenerStatus(string Name, string Address);

/// <summary>One hub endpoint as this relay sees it.</summary>
public sealed record HubStatus
{
    public required string Name { get; init; }

    public required string EndPoint { get; init; }

    /// <summary>Active, Draining or Disabled: what the administrator wants.</summary>
    public required string Wanted { get; init; }

    /// <summary>Unknown, Healthy, Suspect, Ejected or Down.</summary>
    public required string State { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Share of its weight that counts now; below 1 while it ramps up.</summary>
    public required double Share { get; init; }

    public required int InFlight { get; init; }

    /// <summary>Transactions it may have at once now.</summary>
    public required int Limit { get; init; }

    public required int IdleConnections { get; init; }

    /// <summary>Messages that it took since the relay began.</summary>
    public required long Delivered { get; init; }

    /// <summary>What it last offered; null for never heard.</summary>
    public required string? Offers { get; init; }
}

/// <summary>How /status is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RelayStatus))]
public sealed partial class RelayStatusJson : JsonSerializerContext;
