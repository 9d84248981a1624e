using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>
/// One try to deliver what a claim is about: at the hubs of its route, as cut-through does it, and then one commit of what
/// became of each recipient with the notifications about it. Contract: the claim is settled or released, whatever happens;
/// where the store cannot take the result, the claim is held until it can, so that nothing is sent twice over that.
/// </summary>
public sealed class QueuedDelivery(QueueServices services, SpoolClaim claim, Route route)
{
    // One of the clients in a route's waiting line, by a key that no client has.
    private const string WaitKey = "spool";

    // Until its lease is renewed nobody else may send it: then the dot is not sent.
    private static readonly TimeSpan LeaseForDot = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly PoolSnapshot _pool = services.Pool();
    private readonly List<RecipientFate> _fates = new(claim.Recipients.Count);
    private readonly long _started = services.Time.GetTimestamp();
    private bool _relayed;

    /// <summary>Tries it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var fates = new RecipientFates(_pool.Config.Delivery, services.Door.Retries);
        var sent = new List<(SpoolRecipient Spooled, Recipient Recipient)>(claim.Recipients.Count);
        foreach (var recipient in claim.Recipients)
        {
            if (fates.Beforehand(claim.Message, recipient) is { } fate)
            {
                _fates.Add(fate);
            }
            else if (RouteOf(recipient) is var better && better != route.Name)
            {
                _fates.Add(new RecipientFate(recipient, FateKind.Unchanged, recipient with { Route = better }));
            }
            else if (RcptCommand.TryParse(recipient.Rcpt, out var command, out _))
            {
                sent.Add((recipient, new Recipient(command!)));
            }
            else
            {
                _fates.Add(new RecipientFate(recipient, FateKind.Failed, recipient, "its address cannot be read any more"));
            }
        }

        if (sent.Count != 0 && !await SendAsync(fates, sent))
        {
            await services.Spool.ReleaseAsync(claim);
            return;
        }

        await SettleAsync(cancellationToken);
    }

    /// <summary>Does what a message's age alone asks for; false where that is nothing.</summary>
    public async Task<bool> AgeAsync(CancellationToken cancellationToken)
    {
        var fates = new RecipientFates(_pool.Config.Delivery, services.Door.Retries);
        var any = false;
        foreach (var recipient in claim.Recipients)
        {
            var fate = fates.ByAge(claim.Message, recipient);
            any |= fate is not null;
            _fates.Add(fate ?? new RecipientFate(recipient, FateKind.Unchanged, recipient));
        }

        if (any)
        {
            await SettleAsync(cancellationToken);
        }
        else
        {
            await services.Spool.ReleaseAsync(claim);
        }

        return any;
    }

    // False where nothing can be said: what is stored cannot be read, or the claim did not hold long enough.
    private async Task<bool> SendAsync(RecipientFates fates, List<(SpoolRecipient Spooled, Recipient Recipient)> sent)
    {
        var message = claim.Message;
        if (!MailCommand.TryParse(message.Mail, out var mail, out _))
        {
            foreach (var (spooled, _) in sent)
            {
                _fates.Add(new RecipientFate(spooled, FateKind.Failed, spooled, "its sender cannot be read any more"));
            }

            return true;
        }

        var body = new SpooledBody(services.Spool, claim);
        var envelope = new Envelope
        {
            Id = message.Id.ToString(),
            Mail = mail!,
            ReceivedAt = message.ReceivedAt,
            Listener = message.Listener,
            ClientAddress = message.Client,
            WaitKey = WaitKey,
            ClientHelo = message.Helo,
            ClientProtocol = message.Protocol,
            ClientIsGone = static () => false,
            ClientWasReset = () => body.IsUnreadable || !claim.HoldsFor(LeaseForDot),
            IsQueued = true,
        };
        using var delivery = new CutThrough(services.Delivery, envelope, _pool.Routes, route, spool: null, newBody: null);
        await delivery.AddRecipientsAsync(sent.ConvertAll(static entry => entry.Recipient));
        foreach (var (_, recipient) in sent)
        {
            if (recipient.IsAccepted)
            {
                envelope.Recipients.Add(recipient);
            }
        }

        var result = envelope.Recipients.Count == 0 ? null : await delivery.DeliverAsync(body, message.ContentBytes);
        if (result is { Reply: null })
        {
            return false;
        }

        foreach (var (spooled, recipient) in sent)
        {
            var fate = recipient.IsAccepted ? fates.Of(message, spooled, result!.Reply, result.Hub, delivery.FoundNoHub)
                : result is not null && AnswerTable.IsOneTooMany(recipient.Told!) ? new RecipientFate(spooled, FateKind.Unchanged, spooled)
                : fates.Of(message, spooled, recipient.Told, delivery.LastHub, AnswerTable.IsLackOfHub(recipient.Told));
            _fates.Add(fate);
        }

        if (result is { Reply.IsPositive: true })
        {
            services.Log.Delivered(message.Id, result.Hub, envelope.Recipients.Count, claim.Recipients[0].Attempts + 1, services.Time.GetElapsedTime(_started).TotalSeconds);
        }

        // RFC 3461 §5.2.2: a hub without DSN will never confirm anything, so that this is said here.
        _relayed = result is { Reply.IsPositive: true, HubHasDsn: false };
        return true;
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var results = new List<RecipientResult>(_fates.Count);
        var told = new Dictionary<(NotificationKind Kind, NotificationTarget Target), List<RecipientFate>>();
        var writer = new NotificationWriter(services, _pool);
        foreach (var fate in _fates)
        {
            results.Add(new RecipientResult(fate.Recipient.Number, Note(writer, fate, told)));
        }

        while (!await TrySettleAsync(writer, results, told))
        {
            await Task.Delay(Again, services.Time, cancellationToken);
        }
    }

    private async Task<bool> TrySettleAsync(
        NotificationWriter writer, List<RecipientResult> results, Dictionary<(NotificationKind Kind, NotificationTarget Target), List<RecipientFate>> told)
    {
        List<NewMessage> notifications = [];
        foreach (var ((kind, target), fates) in told)
        {
            if (await writer.WriteAsync(kind, target, claim, fates) is not { } notification)
            {
                return await GiveUpAsync();
            }

            notifications.Add(notification);
        }

        var outcome = await services.Door.SettleAsync(new Settlement(claim, results) { Notifications = notifications, Attempt = Attempt() });
        if (outcome == SpoolOutcome.BodyIncomplete)
        {
            return false; // What was stored of a notification did not outlive a fault of the store: it is made anew.
        }

        Track(notifications);
        return true;
    }

    private void Track(List<NewMessage> notifications)
    {
        if (services.Tracking is not { } tracking)
        {
            return;
        }

        var now = services.Time.GetUtcNow();
        QueueTracking.Add(tracking, claim.Message, _fates, now);
        foreach (var notification in notifications)
        {
            QueueTracking.AddNotification(tracking, claim.Message, notification.Message, notification.Recipients[0].Rcpt, now);
        }
    }

    // The original cannot be read while the store is in order: it has become Damaged, and there is nothing more to say.
    private async Task<bool> GiveUpAsync()
    {
        if (!services.Spool.Health.IsGood)
        {
            return false;
        }

        await services.Spool.ReleaseAsync(claim);
        return true;
    }

    private AttemptNote? Attempt()
    {
        var tried = _fates.FindAll(static fate => fate.Kind is FateKind.Deferred or FateKind.Delayed && fate.After.Attempts != fate.Recipient.Attempts);
        return tried.Count == 0 ? null : new AttemptNote(
            services.Time.GetUtcNow(), route.Name, tried[0].After.LastHub, tried[0].After.LastReply, [.. tried.Select(static fate => fate.Recipient.Number)]);
    }

    // What stays in the spool of a recipient, and who is told.
    private SpoolRecipient? Note(
        NotificationWriter writer, RecipientFate fate, Dictionary<(NotificationKind Kind, NotificationTarget Target), List<RecipientFate>> told)
    {
        var message = claim.Message;
        switch (fate.Kind)
        {
            case FateKind.Delivered:
                if (_relayed)
                {
                    Tell(NotificationKind.Relayed, writer.TargetOf(NotificationKind.Relayed, message, fate.Recipient));
                }

                return null;
            case FateKind.Failed:
                var target = writer.TargetOf(NotificationKind.Failure, message, fate.Recipient);
                services.Log.Failed(message.Id, fate.Recipient.Rcpt, target.ToString(), fate.After.LastHub, fate.Reason.Length == 0 ? fate.After.LastReply : fate.Reason);
                Tell(NotificationKind.Failure, target);
                return target != NotificationTarget.DeadLetter ? null
                    : fate.After with { State = RecipientState.Dead, LastReply = fate.Reason.Length == 0 ? fate.After.LastReply : $"{fate.Reason}; last: {fate.After.LastReply}" };
            case FateKind.Delayed:
                Tell(NotificationKind.Delay, writer.TargetOf(NotificationKind.Delay, message, fate.Recipient));
                goto case FateKind.Deferred;
            case FateKind.Deferred:
                services.Log.Deferred(message.Id, fate.Recipient.Rcpt, fate.After.Due, fate.After.LastHub, fate.After.LastReply);
                return fate.After;
            default:
                return fate.After;
        }

        void Tell(NotificationKind kind, NotificationTarget whom)
        {
            if (whom is not (NotificationTarget.Sender or NotificationTarget.Postmaster))
            {
                return;
            }

            if (!told.TryGetValue((kind, whom), out var fates))
            {
                told[(kind, whom)] = fates = [];
            }

            fates.Add(fate);
        }
    }

    private string RouteOf(SpoolRecipient recipient) =>
        recipient.RouteIsFixed && _pool.Routes.Named(recipient.Route) is not null ? recipient.Route : _pool.Routes.For(recipient.Domain).Name;
}
