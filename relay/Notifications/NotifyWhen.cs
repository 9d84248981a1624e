namespace RelayOperator.Relay.Notifications;

/// <summary>What a client asked for with NOTIFY at one recipient (RFC 3461 §4.1).</summary>
[Flags]
public enum NotifyWhen
{
    /// <summary>No NOTIFY was given: failures are told, and delays where the relay thinks it right.</summary>
    Unspecified = 0,

    Success = 1,

    Failure = 2,

    Delay = 4,

    /// <summary>Stands alone.</summary>
    Never = 8,
}
