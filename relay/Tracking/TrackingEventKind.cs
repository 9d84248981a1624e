namespace RelayOperator.Relay.Tracking;

/// <summary>What may happen to a message.</summary>
public enum TrackingEventKind
{
    /// <summary>A client gave it, and was told that it is taken.</summary>
    Receive,

    /// <summary>A hub took it for these recipients.</summary>
    Send,

    /// <summary>It could not go for now, and is tried again.</summary>
    Defer,

    /// <summary>It will never arrive at these recipients.</summary>
    Fail,

    /// <summary>A notification about it was made.</summary>
    Dsn,

    /// <summary>It was tried for as long as the pool allows.</summary>
    Expire,

    /// <summary>It is kept without being tried.</summary>
    Hold,

    /// <summary>It was taken away by hand.</summary>
    Delete,

    /// <summary>A peer of the pool took it over.</summary>
    HandOver,
}
