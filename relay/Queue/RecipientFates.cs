using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>
/// Decides what a try means for each recipient: by the answer, the number of tries and the message's age. Pure but for the
/// schedule's dice. Mail without a hub uses up no try; it expires all the same.
/// </summary>
public sealed class RecipientFates(DeliveryConfig config, RetrySchedule retries)
{
    // Without a hub, and yet not told by the route's health that there is none: not at once again.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>What becomes of a recipient before anything is tried; null where it is to be tried.</summary>
    public RecipientFate? Beforehand(SpoolMessage message, SpoolRecipient recipient) =>
        recipient.IsRefused ? new RecipientFate(recipient, FateKind.Failed, recipient)
        : IsExpired(message) ? Expired(recipient)
        : null;

    /// <summary>What a hub's answer, or the lack of one, means.</summary>
    /// <param name="message">The message.</param>
    /// <param name="recipient">As it was claimed.</param>
    /// <param name="reply">The answer to the recipient, or to the content where that was taken; null where nothing is known.</param>
    /// <param name="hub">Who said so; "" for nobody.</param>
    /// <param name="withoutHub">No hub could be had.</param>
    public RecipientFate Of(SpoolMessage message, SpoolRecipient recipient, SmtpReply? reply, string hub, bool withoutHub)
    {
        if (reply is null)
        {
            return new RecipientFate(recipient, FateKind.Unchanged, recipient);
        }

        if (reply.IsPositive)
        {
            return new RecipientFate(recipient, FateKind.Delivered, recipient with { LastReply = reply.ToString(), LastHub = hub, LastAttempt = retries.Now });
        }

        var now = retries.Now;
        var tried = withoutHub
            ? recipient with { Due = now + Pause, LastReply = recipient.Attempts == 0 ? reply.ToString() : recipient.LastReply }
            : recipient with { Attempts = recipient.Attempts + 1, LastReply = reply.ToString(), LastHub = hub, LastAttempt = now, Due = retries.After(recipient.Attempts + 1) };
        return reply.IsPermanent ? new RecipientFate(recipient, FateKind.Failed, tried)
            : IsExpired(message) ? Expired(tried)
            : IsLate(message, recipient) ? new RecipientFate(recipient, FateKind.Delayed, tried with { DelayNoticed = true })
            : new RecipientFate(recipient, FateKind.Deferred, tried);
    }

    /// <summary>What its age alone means for a recipient that cannot be tried now; null for nothing.</summary>
    public RecipientFate? ByAge(SpoolMessage message, SpoolRecipient recipient) =>
        Beforehand(message, recipient) is { } fate ? fate
        : IsLate(message, recipient) ? new RecipientFate(recipient, FateKind.Delayed, recipient with { DelayNoticed = true })
        : null;

    /// <summary>When a message expires.</summary>
    public DateTimeOffset ExpiryOf(SpoolMessage message) => message.ReceivedAt.AddSeconds(config.ExpireSeconds);

    private bool IsExpired(SpoolMessage message) => retries.Now >= ExpiryOf(message);

    private bool IsLate(SpoolMessage message, SpoolRecipient recipient) =>
        config.DelayNoticeSeconds > 0 && !recipient.DelayNoticed && retries.Now >= message.ReceivedAt.AddSeconds(config.DelayNoticeSeconds);

    private RecipientFate Expired(SpoolRecipient recipient)
    {
        var hours = Math.Round(config.ExpireSeconds / 3600.0, 1);
        var reason = recipient.Attempts == 0 ? $"no hub could be reached for {hours} hours" : $"no hub took it within {hours} hours";
        return new RecipientFate(recipient, FateKind.Failed, recipient, reason);
    }
}
