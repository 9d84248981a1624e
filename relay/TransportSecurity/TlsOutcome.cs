namespace RelayOperator.Relay.TransportSecurity;

/// <summary>How a handshake with a client ended.</summary>
public enum TlsOutcome
{
    /// <summary>The session goes on over TLS.</summary>
    Ok,

    /// <summary>The two did not agree, or the client sent something else than TLS.</summary>
    Failed,

    /// <summary>The client went away.</summary>
    Closed,

    /// <summary>It took too long.</summary>
    TimedOut,
}
