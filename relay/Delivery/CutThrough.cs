using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// One transaction in cut-through: the client's 250 is a hub's 250.
/// Contract: a recipient is told 250 only when a hub said so; the message is reported delivered only when a hub
/// answered its final dot with 2xx; a hub that fails before its verdict is replaced and the transaction replayed at
/// another one, which the client does not see; recipients that the client was told are refused are never replayed;
/// when the client was reset before the dot, no hub gets the dot. Where there is a spool, its 250 stands in for a hub's:
/// for recipients that a hub defers or that go by another route, and for all of them where no hub takes the message or
/// the one that got it is silent. Not thread-safe: the session's own.
/// </summary>
public sealed class CutThrough : ITransactionDelivery
{
    private static readonly SmtpReply OtherRoute =
        new(452, 4, 5, 3, "This recipient goes another way, send it in a transaction of its own");

    private readonly DeliveryServices _services;
    private readonly Envelope _envelope;
    private readonly RouteTable _routes;
    private readonly Route? _fixedRoute;
    private readonly HubRefusals _refusals;
    private readonly HubSearch _search;
    private readonly SpoolKeeper? _keeper;
    private readonly VerdictDoubt? _doubt;
    private readonly Func<MessageBody>? _newBody;
    private MessageBody? _body;
    private string _messageId = "";
    private long _contentBytes;
    private Route? _route;
    private HubAttempt? _attempt;
    private SmtpReply? _contentRefused;

    /// <param name="services">What all transactions share.</param>
    /// <param name="envelope">The transaction.</param>
    /// <param name="routes">Which route a recipient's domain takes.</param>
    /// <param name="fixedRoute">The access rule's own route, which beats the domains; null where it has none.</param>
    /// <param name="spool">What stands in where hubs do not; null for nothing.</param>
    /// <param name="newBody">Makes room for a message that a client sends; null where it comes from elsewhere.</param>
    public CutThrough(
        DeliveryServices services, Envelope envelope, RouteTable routes, Route? fixedRoute, SpoolDoor? spool, Func<MessageBody>? newBody)
    {
        _services = services;
        _envelope = envelope;
        _routes = routes;
        _fixedRoute = fixedRoute;
        _refusals = new HubRefusals(services, envelope.Mail.Path.Address);
        _keeper = spool is null ? null : new SpoolKeeper(spool, envelope, RouteOf, fixedRoute is not null);
        _doubt = _keeper is null ? null : new VerdictDoubt(services, envelope, _keeper, _refusals);
        _newBody = newBody;
        _search = new HubSearch(services, envelope, _refusals, _keeper);
    }

    /// <inheritdoc/>
    public int Attempts => _search.Attempts;

    /// <inheritdoc/>
    public bool HoldsHub => _attempt is not null;

    /// <inheritdoc/>
    public bool IsStreaming => _attempt is { DataBegun: true };

    /// <inheritdoc/>
    public bool HubIsBusy => _attempt is { } attempt && attempt.Hub.Concurrency.InUse * 2 >= attempt.Hub.Concurrency.Current;

    /// <summary>The hub that was asked last; "" for none.</summary>
    public string LastHub => _search.LastHub;

    /// <summary>No hub took it in the end, nor did any say anything: the hubs are what is missing.</summary>
    public bool FoundNoHub => AnswerTable.IsLackOfHub(_search.Last);

    /// <inheritdoc/>
    public async ValueTask AddRecipientsAsync(List<Recipient> pending)
    {
        LeaveRouteOfNobody(pending);
        var asked = KeepToOneRoute(pending);
        if (asked.Count == 0)
        {
            return;
        }

        if (_search.MailRefusal is { } refusal)
        {
            foreach (var recipient in asked)
            {
                recipient.Told = refusal;
            }

            KeepDeferred(asked);
            return;
        }

        _search.Begin();
        var deadline = _services.Clock.After(_services.Patience);
        _attempt = _attempt is { } attempt
            ? await _search.ExtendAsync(attempt, _route!, asked, deadline)
            : await _search.OpenAsync(_route!, asked, new HubExclusions(), null, deadline);
        KeepDeferred(asked);
    }

    /// <inheritdoc/>
    public IReceivedBody BeginBody() => _body = _newBody!();

    /// <summary>
    /// Called when more of a body is kept than is gathered before a hub's DATA: begins to stream. A hub that fails
    /// here is forgotten; the message goes elsewhere once it is whole.
    /// </summary>
    public async ValueTask BeginStreamAsync()
    {
        var body = _body!;
        if (_attempt is not { } attempt)
        {
            return;
        }

        attempt.Connection.NotAfter = _search.Until(_route!, _services.Clock.After(_services.Patience));
        var begun = await attempt.BeginDataAsync();
        if (!attempt.DataBegun)
        {
            Drop(attempt, HubPhase.Data, begun);
            return;
        }

        attempt.Connection.NotAfter = long.MaxValue;
        if (await attempt.BeginStreamAsync(body) is { } early)
        {
            Drop(attempt, HubPhase.Body, early);
        }
    }

    /// <inheritdoc/>
    public async ValueTask StreamAsync()
    {
        if (_attempt is { } attempt && await attempt.StreamAsync(_body!) is { } early)
        {
            Drop(attempt, HubPhase.Body, early);
        }
    }

    /// <summary>
    /// Gives the hub's connection back because the client is slow. The hub keeps nothing; the message is sent, to this
    /// hub or another, when it is whole.
    /// </summary>
    public void GiveBack()
    {
        _attempt?.Release(delivered: false);
        _attempt = null;
    }

    /// <inheritdoc/>
    public ValueTask<TransactionResult> FinishAsync(long contentBytes, string messageId)
    {
        _messageId = messageId;
        return DeliverAsync(_body!, contentBytes);
    }

    /// <summary>Delivers a whole message, at as many hubs as it takes.</summary>
    /// <param name="body">The message in wire form, the relay's own field in front.</param>
    /// <param name="contentBytes">Its octets without dot-stuffing.</param>
    public async ValueTask<TransactionResult> DeliverAsync(IHubBody body, long contentBytes)
    {
        if (_contentRefused is not null)
        {
            return Ended(_contentRefused, "", "a hub refused the content");
        }

        _contentBytes = contentBytes;
        if (_keeper is not null && _envelope.RecipientsForHub == 0)
        {
            return await KeepAsync("left to the spool", null, Replies.NotStored);
        }

        _search.Begin();
        _search.Size = contentBytes;
        var deadline = _services.Clock.After(_services.Patience);
        var exclusions = new HubExclusions();
        HubSlot? keep = null;
        var freshTried = false;
        while (true)
        {
            if (_envelope.ClientWasReset())
            {
                keep?.Dispose();
                return Ended(null, "", "the client was reset before the message was sent on");
            }

            _attempt ??= await _search.OpenAsync(_route!, [], exclusions, keep, deadline);
            keep = null;
            if (_attempt is not { } attempt || (_keeper is not null && _envelope.RecipientsForHub == 0))
            {
                return await KeepAsync("no hub took it", FoundNoHub ? null : _search.Last, _search.Last);
            }

            if (_keeper is not null && !await _keeper.HoldAsync(_body!, contentBytes, _messageId))
            {
                return Ended(Replies.NotStored, "", "the spool failed, and a hub had deferred recipients");
            }

            attempt.Connection.NotAfter = _search.Until(_route!, deadline);
            var finishing = attempt.FinishAsync(body, deadline, _envelope.ClientWasReset).AsTask();
            if (_doubt is not null && await _doubt.BeginsAsync(attempt, finishing) && await _doubt.KeepAsync(attempt, finishing, _body!, contentBytes, _messageId))
            {
                _attempt = null;
                return new TransactionResult(Queued, attempt.Hub.Name, _search.Attempts, "queued: in doubt, the hub gave no verdict") { IsQueued = true };
            }

            var (phase, answer) = await finishing;
            _attempt = null;
            // Only time without a dot outstanding counts: while one is, the client waits for a verdict.
            deadline += attempt.VerdictTicks;
            var verdict = AnswerTable.Judge(phase, answer);
            if (verdict.Step == AnswerStep.Proceed)
            {
                attempt.Release(delivered: true);
                _refusals.DeliveredBy(attempt.Hub, attempt.IsTrial);
                return Delivered(attempt, answer.Reply!, contentBytes);
            }

            if (attempt.WithheldDot)
            {
                attempt.Release(delivered: false);
                continue;
            }

            _services.Log.HubAnswered(_envelope.Id, attempt.Hub.Id, phase, answer);
            if (verdict.Step == AnswerStep.FreshConnection && !freshTried)
            {
                freshTried = true;
                keep = attempt.DiscardConnection();
                continue;
            }

            attempt.Release(delivered: false);
            exclusions.Add(attempt.Hub);
            if (await EndedByAsync(attempt, phase, answer, verdict) is { } end)
            {
                return end;
            }
        }
    }

    /// <summary>Ends a transaction that is not to be delivered: RSET, QUIT, a client that is gone.</summary>
    public void Dispose()
    {
        GiveBack();
        _keeper?.Abandon();
        _body?.Dispose();
    }

    private TransactionResult Delivered(HubAttempt attempt, SmtpReply verdict, long contentBytes)
    {
        var hub = attempt.Hub.Name;
        if (_keeper is not null && !_keeper.Activate())
        {
            return Ended(Replies.NotStored, hub, "delivered, but the spool lost the recipients that were left to it");
        }

        var hasDsn = attempt.Connection.Capabilities.Has(HubExtensions.Dsn);
        if (!hasDsn)
        {
            _keeper?.Relayed(_body!, contentBytes, _messageId, hub, verdict);
        }

        return Ended(verdict, hub, "delivered") with { HubHasDsn = hasDsn };
    }

    // Recipients that a hub put off are the spool's from here on; so are all of them where no hub can be had.
    private void KeepDeferred(List<Recipient> asked)
    {
        if (_keeper is null)
        {
            return;
        }

        foreach (var recipient in asked)
        {
            if (recipient.Told is not { IsTransient: true } told)
            {
                continue;
            }

            if (_keeper.Takes || (_keeper.TakesWhole && AnswerTable.IsLackOfHub(told)))
            {
                recipient.Keep(AnswerTable.IsLackOfHub(told) || AnswerTable.IsOneTooMany(told) ? null : told);
            }
            else if (_keeper.IsFull && AnswerTable.IsLackOfHub(told))
            {
                recipient.Told = Replies.NoRoom;
            }
        }
    }

    // No hub takes the message: the spool does, or the client hears why not.
    private async ValueTask<TransactionResult> KeepAsync(string reason, SmtpReply? deferral, SmtpReply otherwise)
    {
        GiveBack();
        if (_keeper is not { TakesWhole: true })
        {
            return await DiscardAsync(_keeper is { IsFull: true } && !otherwise.IsPermanent ? Replies.NoRoom : otherwise, "", reason);
        }

        if (deferral is { IsPermanent: true })
        {
            return await DiscardAsync(deferral, "", reason);
        }

        return await _keeper.KeepAsync(_body!, _contentBytes, _messageId, deferral)
            ? new TransactionResult(Queued, "", _search.Attempts, $"queued: {reason}") { IsQueued = true }
            : Ended(_keeper.IsFull ? Replies.NoRoom : Replies.NotStored, "", $"{reason}, and the spool failed");
    }

    // What is held must not be sent once the client has heard that the content is refused.
    private async ValueTask<TransactionResult> DiscardAsync(SmtpReply? refusal, string hub, string reason) =>
        _keeper is null || await _keeper.DiscardAsync()
            ? Ended(refusal, hub, reason)
            : Ended(Replies.NotStored, hub, $"{reason}, and what the spool holds of it could not be withdrawn");

    private SmtpReply Queued => new(250, 2, 0, 0, $"queued as {_envelope.Id}");

    private async ValueTask<TransactionResult?> EndedByAsync(HubAttempt attempt, HubPhase phase, HubAnswer answer, AnswerVerdict verdict)
    {
        var hub = attempt.Hub;
        _refusals.Record(hub, phase, verdict.Effect, $"{phase}: {answer}");
        _search.Remember(verdict.ForClient);
        _search.NeedMoreThan(hub, verdict);
        if (verdict.Step == AnswerStep.Tell)
        {
            return await DiscardAsync(_search.Last, hub.Name, "a hub refused the content");
        }

        if (_refusals.MessageBreaksHubs)
        {
            _search.Remember(AnswerTable.BreaksHubs);
            return await KeepAsync("two hubs broke off at this message", AnswerTable.BreaksHubs, AnswerTable.BreaksHubs);
        }

        if (verdict.Step == AnswerStep.InDoubt)
        {
            if (_envelope.ClientIsGone())
            {
                return await DiscardAsync(null, hub.Name, "in doubt: the hub gave no verdict and the client is gone");
            }

            _services.Metrics.PossibleDuplicate();
            _services.Log.PossibleDuplicate(_envelope.Id, hub.Id, answer.ToString());
        }

        _services.Metrics.HubFailover(hub.Name);
        return null;
    }

    private void Drop(HubAttempt attempt, HubPhase phase, HubAnswer answer)
    {
        _attempt = null;
        attempt.Release(delivered: false);
        var verdict = AnswerTable.Judge(phase, answer);
        _services.Log.HubAnswered(_envelope.Id, attempt.Hub.Id, phase, answer);
        _refusals.Record(attempt.Hub, phase, verdict.Effect, $"{phase}: {answer}");
        _search.NeedMoreThan(attempt.Hub, verdict);
        if (verdict.Step == AnswerStep.Tell)
        {
            _contentRefused = verdict.ForClient;
        }
    }

    private TransactionResult Ended(SmtpReply? reply, string hub, string reason) => new(reply, hub, _search.Attempts, reason);

    // A route is the transaction's only as long as somebody goes by it.
    private void LeaveRouteOfNobody(List<Recipient> pending)
    {
        if (_route is null || _envelope.RecipientsForHub != 0 || pending.Any(recipient => ReferenceEquals(RouteOf(recipient), _route)))
        {
            return;
        }

        GiveBack();
        _route = null;
        _search.Forget();
    }

    private Route RouteOf(Recipient recipient) => _fixedRoute ?? _routes.For(recipient.Command.Path.Domain);

    private List<Recipient> KeepToOneRoute(List<Recipient> pending)
    {
        var asked = new List<Recipient>(pending.Count);
        foreach (var recipient in pending)
        {
            if (recipient.Told is not null)
            {
                continue;
            }

            var route = RouteOf(recipient);
            _route ??= route;
            if (ReferenceEquals(route, _route))
            {
                asked.Add(recipient);
            }
            else if (_keeper is { Takes: true })
            {
                recipient.Keep(null);
            }
            else
            {
                recipient.Told = OtherRoute;
            }
        }

        return asked;
    }
}
