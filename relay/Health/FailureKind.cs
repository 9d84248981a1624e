namespace RelayOperator.Relay.Health;

/// <summary>How a hub failed, as far as it matters for ejecting it.</summary>
public enum FailureKind
{
    /// <summary>Nobody listens: ejects at once, and counts as a hard signal.</summary>
    ConnectRefused,

    ConnectFailed,
    TimedOut,
    Reset,
    ProtocolError,
    TlsOrAuth,

    /// <summary>Refuses what others take.</summary>
    Refusal,

    /// <summary>The hub is this pool: never used, not even when no other is left.</summary>
    Loop,
}
