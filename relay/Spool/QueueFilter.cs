namespace RelayOperator.Relay.Spool;

/// <summary>Which spooled messages are meant; what is not set takes all.</summary>
public sealed record QueueFilter
{
    public SpoolId? Id { get; init; }

    public string? Route { get; init; }

    /// <summary>Domain of some recipient, lower case.</summary>
    public string? Domain { get; init; }

    /// <summary>Part of the sender's address, in any case of letters.</summary>
    public string? Sender { get; init; }

    public RecipientState? State { get; init; }

    /// <summary>Received before.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Received at or after.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Whether it takes a message, which one recipient has to match in all of route, domain and state.</summary>
    public bool Takes(QueueEntry entry)
    {
        if ((Id is { } id && id != entry.Message.Id)
            || entry.Message.ReceivedAt >= Before
            || entry.Message.ReceivedAt < After
            || (Sender is not null && !entry.Message.Mail.Contains(Sender, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        foreach (var recipient in entry.Recipients)
        {
            if ((Route is null || recipient.Route == Route) && (Domain is null || recipient.Domain == Domain) && (State is null || recipient.State == State))
            {
                return true;
            }
        }

        return false;
    }
}
