using System.Collections.Immutable;

namespace RelayOperator.Relay.Notifications;

/// <summary>All that a notification is made of: equal requests make equal octets.</summary>
public sealed record NotificationRequest
{
    public required NotificationKind Kind { get; init; }

    /// <summary>Id of the notification itself, of letters, digits and hyphens, unlike any other: its Message-ID and boundary come from it.</summary>
    public required string Id { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>How the pool names itself; Reporting-MTA.</summary>
    public required string HeloName { get; init; }

    /// <summary>The pool's postmaster, whom an answer reaches; "" for none.</summary>
    public required string Postmaster { get; init; }

    /// <summary>Whom it goes to: the sender of the original, or the postmaster.</summary>
    public required string To { get; init; }

    /// <summary>Reverse path of the original; "" for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>The relay's id of the original, by which its log and trace know it.</summary>
    public required string OriginalId { get; init; }

    /// <summary>When the relay took the original.</summary>
    public required DateTimeOffset Arrival { get; init; }

    public EnvelopeDsn Envelope { get; init; } = EnvelopeDsn.None;

    public OriginalMessage Original { get; init; } = OriginalMessage.None;

    /// <summary>Some hub of the route offers 8BITMIME. Without it, an original that needs that comes back as a header in quoted-printable.</summary>
    public bool EightBitAllowed { get; init; } = true;

    /// <summary>Those that it tells about, at least one.</summary>
    public required ImmutableArray<NotificationRecipient> Recipients { get; init; }
}
