namespace RelayOperator.Relay.Tracking;

/// <summary>One thing that happened to a message. Text that is empty, and numbers that are null, are left out of the line.</summary>
public readonly record struct TrackingEvent
{
    public required TrackingEventKind Kind { get; init; }

    /// <summary>The relay's id of the transaction.</summary>
    public required string Id { get; init; }

    /// <summary>The message's own Message-ID, where it is known.</summary>
    public string? MessageId { get; init; }

    /// <summary>Reverse path; "" for the null sender, null where it is not known.</summary>
    public string? Sender { get; init; }

    /// <summary>Those that the event is about; null for none. Read while the event is added, not later.</summary>
    public IReadOnlyList<string>? Recipients { get; init; }

    public string? Hub { get; init; }

    /// <summary>The hub's own words, or what the client heard; the hub's queue id is taken out of a Send's.</summary>
    public string? Reply { get; init; }

    /// <summary>Where the message came from first.</summary>
    public string? Client { get; init; }

    public string? Helo { get; init; }

    /// <summary>TLS version and cipher of a Receive; null in the clear.</summary>
    public string? Tls { get; init; }

    /// <summary>Who the client of a Receive had authenticated as; null for nobody.</summary>
    public string? User { get; init; }

    public long? Bytes { get; init; }

    /// <summary>How long it took: a Receive since MAIL, any other since the message was received.</summary>
    public double? Seconds { get; init; }

    /// <summary>Which attempt this was, from 1.</summary>
    public int? Attempt { get; init; }

    public string? Reason { get; init; }
}
