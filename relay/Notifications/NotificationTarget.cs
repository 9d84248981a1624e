namespace RelayOperator.Relay.Notifications;

/// <summary>Who is told about what happened to one recipient.</summary>
public enum NotificationTarget
{
    /// <summary>The sender of the mail.</summary>
    Sender,

    /// <summary>The pool's postmaster.</summary>
    Postmaster,

    /// <summary>Nobody, and nothing is kept: silence was asked for, or nobody needs to know.</summary>
    Nobody,

    /// <summary>Nobody can be told, so the mail is kept where an operator sees it.</summary>
    DeadLetter,
}
