using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Notifications;

/// <summary>What a notification tells about one recipient.</summary>
public sealed record NotificationRecipient
{
    /// <summary>Address that was tried; Final-Recipient.</summary>
    public required string Address { get; init; }

    public RecipientDsn Dsn { get; init; } = RecipientDsn.None;

    /// <summary>
    /// Status field (RFC 3463). Without one, or with one that cannot be of this kind of notification, it is what the
    /// reply says, failing that x.0.0.
    /// </summary>
    public EnhancedCode Status { get; init; }

    /// <summary>Host name of the hub that answered last; "" for none.</summary>
    public string Hub { get; init; } = "";

    /// <summary>The hub's own words, code first, as <see cref="SmtpReply.ToString"/> gives them; "" where no hub answered.</summary>
    public string Reply { get; init; } = "";

    /// <summary>Why, where it was no hub that said so: "no hub could be reached for 2 days"; "" for nothing to add.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When a hub was asked last; null for never.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Until when it is tried; for delays only.</summary>
    public DateTimeOffset? RetryUntil { get; init; }
}
