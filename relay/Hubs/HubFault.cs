namespace RelayOperator.Relay.Hubs;

/// <summary>Why a hub gave no reply. Expected failures are values; the phase they belong to is kept beside them.</summary>
public enum HubFault
{
    /// <summary>No fault: there is a reply.</summary>
    None,

    /// <summary>The name has no address.</summary>
    Unresolvable,

    /// <summary>The connect was refused or the host cannot be reached.</summary>
    Refused,

    /// <summary>The phase's time ran out.</summary>
    TimedOut,

    /// <summary>The hub closed the connection in an orderly way where a reply was due.</summary>
    Closed,

    /// <summary>The connection was reset.</summary>
    Reset,

    /// <summary>What the hub sent is no SMTP reply, or is longer than the bound.</summary>
    Malformed,

    /// <summary>The hub sent input that no command had asked for.</summary>
    Unsolicited,

    /// <summary>The TLS handshake or the certificate's verification failed.</summary>
    TlsFailed,

    /// <summary>The hub offers no TLS where it is required.</summary>
    TlsNotOffered,

    /// <summary>No common SASL mechanism, no token to log in with, or the exchange broke down before a reply.</summary>
    AuthFailed,

    /// <summary>This process has no descriptor left for another connection: no hub's doing.</summary>
    NoResources,

    /// <summary>The relay gave the connection up because the hub was judged unresponsive or dead by other evidence.</summary>
    Abandoned,
}
