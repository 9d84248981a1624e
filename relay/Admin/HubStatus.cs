using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Admin;

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

    public static HubStatus Of(Hub hub) => new()
    {
        Name = hub.Name,
        EndPoint = hub.EndPoint.ToString()!,
        Wanted = hub.Config.State.ToString(),
        State = hub.Health.State.ToString(),
        Reason = hub.Health.Reason,
        Since = hub.Health.Since,
        Share = Math.Round(hub.Health.Share(), 2),
        InFlight = hub.InFlight,
        Limit = hub.Concurrency.Current,
        IdleConnections = hub.Connections.Idle,
        Delivered = hub.Delivered,
        Offers = hub.Capabilities?.Extensions.ToString(),
    };
}
