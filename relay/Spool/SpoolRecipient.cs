namespace RelayOperator.Relay.Spool;

/// <summary>One recipient of a spooled message, and where its delivery stands.</summary>
public sealed record SpoolRecipient
{
    /// <summary>Its place within the message; stays when others are done.</summary>
    public required int Number { get; init; }

    /// <summary>The argument of its RCPT command: path, NOTIFY and ORCPT.</summary>
    public required string Rcpt { get; init; }

    /// <summary>The path's domain, lower case; "" for Postmaster.</summary>
    public required string Domain { get; init; }

    /// <summary>Name of the route it goes by.</summary>
    public required string Route { get; init; }

    /// <summary>The route is the access rule's own, and stays whatever the domain says.</summary>
    public bool RouteIsFixed { get; init; }

    public RecipientState State { get; init; }

    /// <summary>Not to be tried before.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>Tries that used up a step of the retry schedule.</summary>
    public int Attempts { get; init; }

    /// <summary>The last hub's own words, or the fault; "" before the first try.</summary>
    public string LastReply { get; init; } = "";

    public string LastHub { get; init; } = "";

    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>A hub refused it for good: it is not sent again, its sender is still to be told.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The sender has been told of the delay.</summary>
    public bool DelayNoticed { get; init; }
}
