using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// What one cut-through transaction leaves to the spool. Contract: what it said is kept was committed; recipients that
/// wait for the verdict of the transaction's hub are committed before the hub gets the final dot, so that a crash sends
/// them, and go durably with a refusal of the content before the client hears of it.
/// </summary>
public sealed class SpoolKeeper(SpoolDoor door, Envelope envelope, Func<Recipient, Route> routeOf, bool routeIsFixed)
{
    private SpoolClaim? _held;
    private int _heldRecipients;
    private BodyAppender? _body;

    /// <summary>One more recipient may be left to the spool, others going to a hub.</summary>
    public bool Takes => door.Takes;

    /// <summary>The whole transaction may be left to the spool, or, since this pod is to go, to that of a peer.</summary>
    public bool TakesWhole => door.Takes || door.KeepAtPeer is not null;

    /// <summary>The spool has no room: what would have been left to it is refused with 452 4.3.1.</summary>
    public bool IsFull => door.IsFull;

    /// <summary>Commits the recipients that are left to the spool, inactive until the hub's verdict. False where the store fails.</summary>
    public async ValueTask<bool> HoldAsync(MessageBody body, long contentBytes, string messageId)
    {
        var kept = Select(static recipient => recipient.IsKept);
        if (kept.Count == _heldRecipients)
        {
            return true;
        }

        // Others joined on the way to another hub: as a whole again, so that one claim is about all of them.
        if (!await DiscardAsync())
        {
            return false;
        }

        _held = await AddAsync(body, contentBytes, messageId, [.. kept.Select(entry => Waiting(entry) with { State = RecipientState.Inactive })], keepClaim: true);
        _heldRecipients = _held is null ? 0 : kept.Count;
        return _held is not null;
    }

    /// <summary>
    /// The hub took the rest: what is held is sent on its own. Not waited for, since a crash does the same. False where
    /// recipients were left to the spool that it does not hold: then the client must not hear of success.
    /// </summary>
    public bool Activate()
    {
        if (_held is not { } held)
        {
            return !envelope.Recipients.Exists(static recipient => recipient.IsKept);
        }

        _held = null;
        _ = door.SettleAsync(Activated(held, []));
        return true;
    }

    /// <summary>The content was refused, or the client is gone: what is held goes, durably. False where the store fails.</summary>
    public async ValueTask<bool> DiscardAsync()
    {
        if (_held is not { } held)
        {
            return true;
        }

        (_held, _heldRecipients) = (null, 0);
        return await TrySettleAsync(held, Gone(held));
    }

    /// <summary>No hub takes it: everyone is left to the spool, in one commit with those held before. False where the store fails.</summary>
    /// <param name="body">The message.</param>
    /// <param name="contentBytes">Its octets.</param>
    /// <param name="messageId">Its Message-ID.</param>
    /// <param name="deferral">What the last hub said to the whole; null where none was asked.</param>
    public async ValueTask<bool> KeepAsync(MessageBody body, long contentBytes, string messageId, SmtpReply? deferral)
    {
        // Everyone whom the client was told is taken: also who was left to the spool since the last commit.
        var all = Select(static recipient => recipient.IsAccepted).ConvertAll(entry => entry.Recipient.IsKept ? Waiting(entry) : Waiting(entry, deferral));
        if (_held is not { } held)
        {
            return await KeepAtPeerAsync(body, contentBytes, messageId, all)
                || (door.Takes && await AddAsync(body, contentBytes, messageId, all, keepClaim: false) is not null);
        }

        _held = null;
        all.RemoveAll(recipient => held.Recipients.Any(one => one.Number == recipient.Number));
        return await TrySettleAsync(held, Activated(held, all));
    }

    /// <summary>
    /// A hub is silent after the final dot: its recipients are kept as in doubt, and those held go their way. The claim on
    /// the ones in doubt; null where the store fails.
    /// </summary>
    public async ValueTask<SpoolClaim?> DoubtAsync(MessageBody body, long contentBytes, string messageId, string hub)
    {
        var doubtful = Select(static recipient => recipient.IsForHub)
            .ConvertAll(entry => Waiting(entry) with { State = RecipientState.InDoubt, LastHub = hub, LastReply = "no verdict after the final dot", LastAttempt = door.Retries.Now });
        if (!await DiscardAsync())
        {
            return null;
        }

        var kept = Select(static recipient => recipient.IsKept).ConvertAll(Waiting);
        return await AddAsync(body, contentBytes, messageId, [.. kept, .. doubtful], keepClaim: true);
    }

    /// <summary>Ends what is in doubt: delivered, refused for good (the sender is told), or to be sent again.</summary>
    public ValueTask<SpoolOutcome> ResolveAsync(SpoolClaim claim, SmtpReply? verdict)
    {
        var results = new List<RecipientResult>(claim.Recipients.Count);
        foreach (var recipient in claim.Recipients)
        {
            var after = recipient.State != RecipientState.InDoubt ? recipient : Resolved(recipient, verdict);
            results.Add(new RecipientResult(recipient.Number, after));
        }

        return new(door.SettleAsync(new Settlement(claim, results)));
    }

    /// <summary>A hub without DSN took the message: who asked to be told of success hears that it was relayed (RFC 3461 §5.2.2).</summary>
    public void Relayed(MessageBody body, long contentBytes, string messageId, string hub, SmtpReply verdict)
    {
        var wanted = Select(static recipient => recipient.IsForHub && RecipientDsn.Parse(recipient.Command.DsnParameters).Notify.HasFlag(NotifyWhen.Success));
        if (wanted.Count == 0 || !door.Takes)
        {
            return;
        }

        var head = body.Head.ToArray();
        var message = envelope.ToSpooled(new BodyAppender(door.Spool, SpoolId.Parse(envelope.Id), 0), contentBytes, messageId, wanted.Count) with { Chunks = 1, WireBytes = body.Length };
        var recipients = wanted.ConvertAll(entry => Waiting(entry) with { LastHub = hub, LastReply = verdict.ToString(), LastAttempt = door.Retries.Now });
        door.Relayed(new SpoolClaim(message, recipients, head));
    }

    /// <summary>The transaction ends: what was appended and not committed goes.</summary>
    public void Abandon()
    {
        _body?.Abandon();
        if (_held is not null)
        {
            _ = DiscardAsync().AsTask();
        }
    }

    // Where the store fails the client hears that, and will send all of it again: then what is held goes, as soon as it can.
    private async ValueTask<bool> TrySettleAsync(SpoolClaim held, Settlement settlement)
    {
        if (await door.Spool.SettleAsync(settlement) == SpoolOutcome.Done)
        {
            return true;
        }

        _ = door.SettleAsync(Gone(held));
        return false;
    }

    private static Settlement Gone(SpoolClaim held) => new(held, [.. held.Recipients.Select(recipient => new RecipientResult(recipient.Number, null))]);

    private SpoolRecipient? Resolved(SpoolRecipient recipient, SmtpReply? verdict) => verdict switch
    {
        { IsPositive: true } => null,
        { IsPermanent: true } => recipient with { State = RecipientState.Waiting, IsRefused = true, LastReply = verdict.ToString(), Due = door.Retries.Now },
        _ => recipient with { State = RecipientState.Waiting, Attempts = 1, LastReply = verdict?.ToString() ?? recipient.LastReply, Due = door.Retries.After(1) },
    };

    private static Settlement Activated(SpoolClaim held, IReadOnlyList<SpoolRecipient> added) =>
        new(held, [.. held.Recipients.Select(recipient => new RecipientResult(recipient.Number, recipient with { State = RecipientState.Waiting }))]) { Added = added };

    // A pod that is to go could never empty its spool while that gets new mail.
    private async ValueTask<bool> KeepAtPeerAsync(MessageBody body, long contentBytes, string messageId, List<SpoolRecipient> recipients)
    {
        if (door.KeepAtPeer is not { } keep)
        {
            return false;
        }

        var message = envelope.ToSpooled(new BodyAppender(door.Spool, SpoolId.Parse(envelope.Id), 0), contentBytes, messageId, recipients.Count);
        return await keep(message, recipients, body.CopyToAsync);
    }

    private async ValueTask<SpoolClaim?> AddAsync(
        MessageBody body, long contentBytes, string messageId, List<SpoolRecipient> recipients, bool keepClaim)
    {
        _body = new BodyAppender(door.Spool, SpoolId.Parse(envelope.Id), body.Length);
        if (!await body.CopyToAsync(_body.AppendAsync) || await _body.CompleteAsync() is not { } inline)
        {
            _body.Abandon();
            return null;
        }

        var message = envelope.ToSpooled(_body, contentBytes, messageId, recipients.Count);
        var (outcome, claim) = await door.Spool.AddAsync(new NewMessage(message, recipients, inline), keepClaim);
        if (outcome != SpoolOutcome.Done)
        {
            _body.Abandon();
            return null;
        }

        _body.HandOver();
        return claim ?? new SpoolClaim(message, recipients, inline);
    }

    private List<(int Number, Recipient Recipient)> Select(Predicate<Recipient> wanted)
    {
        List<(int, Recipient)> selected = new(envelope.Recipients.Count);
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            if (wanted(envelope.Recipients[i]))
            {
                selected.Add((i, envelope.Recipients[i]));
            }
        }

        return selected;
    }

    private SpoolRecipient Waiting((int Number, Recipient Recipient) entry) => Waiting(entry, entry.Recipient.Deferral);

    // Where a hub was asked that was a try; otherwise it is due at once, whenever a hub comes.
    private SpoolRecipient Waiting((int Number, Recipient Recipient) entry, SmtpReply? deferral)
    {
        var path = entry.Recipient.Command.Path;
        return new SpoolRecipient
        {
            Number = entry.Number,
            Rcpt = entry.Recipient.Command.ToArgument(),
            Domain = path.Domain,
            Route = routeOf(entry.Recipient).Name,
            RouteIsFixed = routeIsFixed,
            Due = deferral is { IsTransient: true } ? door.Retries.After(1) : door.Retries.Now,
            Attempts = deferral is null ? 0 : 1,
            LastReply = deferral?.ToString() ?? "",
            LastAttempt = deferral is null ? null : door.Retries.Now,
            IsRefused = deferral is { IsPermanent: true },
        };
    }
}
