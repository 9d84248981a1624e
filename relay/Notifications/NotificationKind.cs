namespace RelayOperator.Relay.Notifications;

/// <summary>What a delivery status notification tells; the Action field of RFC 3464 §2.3.3.</summary>
public enum NotificationKind
{
    /// <summary>The mail will never arrive.</summary>
    Failure,

    /// <summary>The mail has not arrived yet and is still being tried.</summary>
    Delay,

    /// <summary>The mail went to a hub that cannot confirm delivery (RFC 3461 §5.2.2).</summary>
    Relayed,
}
