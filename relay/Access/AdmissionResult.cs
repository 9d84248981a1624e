namespace RelayOperator.Relay.Access;

/// <summary>Whether a connection is served, and which limit says no.</summary>
public enum AdmissionResult
{
    Admitted,

    /// <summary>No rule covers the client's address: 554 5.7.1.</summary>
    NobodyMayRelay,

    /// <summary>limits.maxConnections: 421 4.7.0.</summary>
    PoolFull,

    /// <summary>The rule's maxConnections: 421 4.7.0.</summary>
    RuleFull,

    /// <summary>limits.maxConnectionsPerClient: 421 4.7.0.</summary>
    ClientFull,

    /// <summary>limits.connectionsPerMinute: 421 4.7.0.</summary>
    ClientTooOften,
}
