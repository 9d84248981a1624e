namespace RelayOperator.Bench.Peers;

/// <summary>Where TLS is spoken.</summary>
public enum TlsSides
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>From the peer to the hubs.</summary>
    Hubs,

    /// <summary>From clients to the peer too.</summary>
    Both,
}
