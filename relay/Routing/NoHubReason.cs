namespace RelayOperator.Relay.Routing;

/// <summary>Why no hub was given.</summary>
public enum NoHubReason
{
    None,

    /// <summary>No hub is healthy, and none is free for a trial.</summary>
    NoneHealthy,

    /// <summary>Healthy hubs are at their limits and stayed there.</summary>
    Busy,

    /// <summary>A hub that could take this mail exists, but cannot now.</summary>
    NoneCapableNow,

    /// <summary>No hub of the route offers what this mail needs.</summary>
    NoneCapableEver,

    /// <summary>Every hub that could be asked has been asked.</summary>
    Exhausted,
}
