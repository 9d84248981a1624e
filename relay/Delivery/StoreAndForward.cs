using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// One transaction that is stored before it is forwarded. Contract: recipients are taken by the rules alone; the 250 after
/// the body follows the commit that holds the envelope, on disk; what is not committed leaves nothing. What was committed
/// is handed on at once, from memory where it is small.
/// </summary>
/// <param name="door">The spool.</param>
/// <param name="envelope">The transaction.</param>
/// <param name="routeOf">By which route a recipient goes.</param>
/// <param name="routeIsFixed">The access rule says so, whatever the domains say.</param>
/// <param name="memory">Bounds what bodies take while they arrive.</param>
/// <param name="handOn">Takes over the claim on what was just committed; false where it cannot now.</param>
public sealed class StoreAndForward(
    SpoolDoor door, Envelope envelope, Func<Recipient, Route> routeOf, bool routeIsFixed, BodyBudget memory, Func<SpoolClaim, bool> handOn) : ITransactionDelivery
{
    private SpooledInput? _body;

    /// <inheritdoc/>
    public int Attempts => 0;

    /// <inheritdoc/>
    public bool HoldsHub => false;

    /// <inheritdoc/>
    public bool IsStreaming => false;

    /// <inheritdoc/>
    public bool HubIsBusy => false;

    /// <inheritdoc/>
    public ValueTask AddRecipientsAsync(List<Recipient> pending)
    {
        foreach (var recipient in pending)
        {
            recipient.Told ??= door.Takes ? Replies.RecipientOk : door.IsFull ? Replies.NoRoom : Replies.NotStored;
        }

        return default;
    }

    /// <inheritdoc/>
    public IReceivedBody BeginBody() => _body = new SpooledInput(new BodyAppender(door.Spool, SpoolId.Parse(envelope.Id), Math.Clamp(envelope.Mail.Size + ReceivedField.MaxLength, 0, ISpool.ChunkBytes)), memory);

    /// <inheritdoc/>
    public ValueTask BeginStreamAsync() => default;

    /// <inheritdoc/>
    public ValueTask StreamAsync() => default;

    /// <inheritdoc/>
    public void GiveBack()
    {
    }

    /// <inheritdoc/>
    public async ValueTask<TransactionResult> FinishAsync(long contentBytes, string messageId)
    {
        var appender = _body!.Appender;
        if (await appender.CompleteAsync() is not { } inline)
        {
            return Failed();
        }

        if (envelope.ClientWasReset())
        {
            return new TransactionResult(null, "", 0, "the client was reset before the message was committed");
        }

        var now = door.Retries.Now;
        var recipients = new List<SpoolRecipient>(envelope.Recipients.Count);
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            var recipient = envelope.Recipients[i];
            recipients.Add(new SpoolRecipient
            {
                Number = i,
                Rcpt = recipient.Command.ToArgument(),
                Domain = recipient.Command.Path.Domain,
                Route = routeOf(recipient).Name,
                RouteIsFixed = routeIsFixed,
                Due = now,
            });
        }

        // Of one route, it can be handed on as it is.
        var keepClaim = recipients.TrueForAll(recipient => recipient.Route == recipients[0].Route);
        var message = envelope.ToSpooled(appender, contentBytes, messageId, recipients.Count);
        var (outcome, claim) = await door.Spool.AddAsync(new NewMessage(message, recipients, inline), keepClaim);
        if (outcome != SpoolOutcome.Done)
        {
            return Failed();
        }

        appender.HandOver();
        if (claim is not null && !handOn(claim))
        {
            await door.Spool.ReleaseAsync(claim);
        }

        return new TransactionResult(new SmtpReply(250, 2, 0, 0, $"queued as {envelope.Id}"), "", 0, "stored") { IsQueued = true };
    }

    /// <inheritdoc/>
    public void Dispose() => _body?.Dispose();

    private TransactionResult Failed() => new(door.IsFull ? Replies.NoRoom : Replies.NotStored, "", 0, "the spool could not store it");
}
