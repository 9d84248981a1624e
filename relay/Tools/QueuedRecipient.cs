using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>One recipient of a <see cref="QueuedMessage"/>.</summary>
public sealed record QueuedRecipient
{
    public int Number { get; set; }

    /// <summary>The argument of its RCPT command.</summary>
    public string Rcpt { get; set; } = "";

    public string Route { get; set; } = "";

    /// <summary>The route is the access rule's own, and stays whatever the domain says.</summary>
    public bool RouteIsFixed { get; set; }

    public RecipientState State { get; set; }

    public DateTimeOffset Due { get; set; }

    public int Tries { get; set; }

    public string LastReply { get; set; } = "";

    public string LastHub { get; set; } = "";

    public DateTimeOffset? LastAttempt { get; set; }

    public bool IsRefused { get; set; }

    public bool DelayNoticed { get; set; }

    public static QueuedRecipient Of(SpoolRecipient recipient) => new()
    {
        Number = recipient.Number,
        Rcpt = recipient.Rcpt,
        Route = recipient.Route,
        RouteIsFixed = recipient.RouteIsFixed,
        State = recipient.State,
        Due = recipient.Due,
        Tries = recipient.Attempts,
        LastReply = recipient.LastReply,
        LastHub = recipient.LastHub,
        LastAttempt = recipient.LastAttempt,
        IsRefused = recipient.IsRefused,
        DelayNoticed = recipient.DelayNoticed,
    };
}
