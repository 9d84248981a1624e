namespace RelayOperator.Relay.Spool;

/// <summary>What an operator's action does to one recipient. Pure.</summary>
public static class QueueActions
{
    /// <summary>The recipient afterwards: the same where nothing is to be done, null where it goes.</summary>
    public static SpoolRecipient? Apply(QueueAction action, SpoolRecipient recipient, DateTimeOffset now) => action switch
    {
        QueueAction.Delete => null,
        QueueAction.Retry when recipient.State is RecipientState.Waiting => recipient with { Due = now },
        // The refusal is asked for anew, too.
        QueueAction.Retry when recipient.State is RecipientState.Dead or RecipientState.SetAside =>
            recipient with { State = RecipientState.Waiting, Due = now, IsRefused = false },
        QueueAction.Hold when recipient.State is RecipientState.Waiting or RecipientState.Suspect => recipient with { State = RecipientState.Held },
        QueueAction.Release when recipient.State is RecipientState.Held => recipient with { State = RecipientState.Waiting, Due = now },
        _ => recipient,
    };
}
