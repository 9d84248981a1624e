using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>One recipient of a transaction, and what the client was told about it.</summary>
public sealed class Recipient(RcptCommand command)
{
    public RcptCommand Command { get; } = command;

    /// <summary>What the client hears; null while no hub has answered.</summary>
    public SmtpReply? Told { get; set; }

    /// <summary>What a hub said while others are still being asked; told if none of them does better.</summary>
    public SmtpReply? LastWords { get; set; }

    /// <summary>The client was told 250: from here on the recipient is ours to deliver or to fail aloud.</summary>
    public bool IsAccepted => Told is { IsPositive: true };

    /// <summary>The client was told 250 by the spool's leave: no hub of this transaction gets it.</summary>
    public bool IsKept { get; private set; }

    /// <summary>A hub said 250 to it: whatever hub gets the transaction has to take it too.</summary>
    public bool IsForHub => IsAccepted && !IsKept;

    /// <summary>Why it is kept, in a hub's words; null where no hub was asked about it.</summary>
    public SmtpReply? Deferral { get; private set; }

    /// <summary>Leaves it to the spool, and the client is told that it is taken.</summary>
    public void Keep(SmtpReply? deferral)
    {
        IsKept = true;
        Deferral = deferral;
        Told = Replies.RecipientOk;
    }
}
