namespace RelayOperator.Relay.Delivery;

/// <summary>What a hub's answer says about the hub itself.</summary>
public enum HealthEffect
{
    /// <summary>Nothing: the answer is about this mail.</summary>
    None,

    /// <summary>The hub works.</summary>
    Good,

    /// <summary>The hub asks for less: its concurrency limit is halved.</summary>
    Throttle,

    /// <summary>A refusal that counts as load, and against the hub if another one takes the mail.</summary>
    Refusal,

    /// <summary>The connection failed before or while it was made.</summary>
    ConnectFailed,

    /// <summary>The connect was refused: nobody listens there.</summary>
    ConnectRefused,

    TimedOut,

    /// <summary>The connection broke while a reply was due.</summary>
    Broken,

    /// <summary>What came is not SMTP, or does not fit what was asked.</summary>
    ProtocolError,

    /// <summary>TLS or authentication does not work with this hub.</summary>
    TlsOrAuth,
}
