using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// One transaction in cut-through: the client's 250 is a hub's 250.
/// Contract: a recipient is told 250 only when a hub said so; the message is reported delivered only when a hub
/// answered its final dot with 2xx; a hub that fails before its verdict is replaced and the transaction replayed at
/// another one, which the client does not see; recipients that the client was told are refused are never replayed;
/// when the client was reset before the dot, no hub gets the dot. Not thread-safe: the session's own.
/// </summary>
public sealed class CutThrough : IDisposable
{
    private static readonly SmtpReply OtherRoute =
        new(452, 4, 5, 3, "This recipient goes another way, send it in a transaction of its own");

    private readonly DeliveryServices _services;
    private readonly Envelope _envelope;
    private readonly RouteTable _routes;
    private readonly Route? _fixedRoute;
    private readonly HubRefusals _refusals;
    private readonly HubSearch _search;
    private Route? _route;
    private HubAttempt? _attempt;
    private SmtpReply? _contentRefused;

    /// <param name="services">What all transactions share.</param>
    /// <param name="envelope">The transaction.</param>
    /// <param name="routes">Which route a recipient's domain takes.</param>
    /// <param name="fixedRoute">The access rule's own route, which beats the domains; null where it has none.</param>
    public CutThrough(DeliveryServices services, Envelope envelope, RouteTable routes, Route? fixedRoute)
    {
        _services = services;
        _envelope = envelope;
        _routes = routes;
        _fixedRoute = fixedRoute;
        _refusals = new HubRefusals(services, envelope.Mail.Path.Address);
        _search = new HubSearch(services, envelope, _refusals);
    }

    /// <summary>How many hubs were asked so far.</summary>
    public int Attempts => _search.Attempts;

    /// <summary>A hub's connection is held by this transaction.</summary>
    public bool HoldsHub => _attempt is not null;

    /// <summary>The body is being written to a hub while it arrives.</summary>
    public bool IsStreaming => _attempt is { DataBegun: true };

    /// <summary>At least half of the slots of the hub that this transaction holds are in use.</summary>
    public bool HubIsBusy => _attempt is { } attempt && attempt.Hub.Concurrency.InUse * 2 >= attempt.Hub.Concurrency.Current;

    /// <summary>Asks a hub about recipients that have no answer yet; every one has been told something afterwards.</summary>
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

            return;
        }

        _search.Begin();
        var deadline = _services.Clock.After(_services.Patience);
        _attempt = _attempt is { } attempt
            ? await _search.ExtendAsync(attempt, _route!, asked, deadline)
            : await _search.OpenAsync(_route!, asked, new HubExclusions(), null, deadline);
    }

    /// <summary>
    /// Called when more of a body is kept than is gathered before a hub's DATA: begins to stream. A hub that fails
    /// here is forgotten; the message goes elsewhere once it is whole.
    /// </summary>
    public async ValueTask BeginStreamAsync(MessageBody body)
    {
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

    /// <summary>Streams the piece that fills the body's tail.</summary>
    public async ValueTask StreamAsync(MessageBody body)
    {
        if (_attempt is { } attempt && await attempt.StreamAsync(body) is { } early)
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

    /// <summary>The message is whole: delivers it, at as many hubs as it takes.</summary>
    /// <param name="body">The message in wire form, the relay's own field in front.</param>
    /// <param name="contentBytes">Its octets without dot-stuffing.</param>
    public async ValueTask<TransactionResult> FinishAsync(MessageBody body, long contentBytes)
    {
        if (_contentRefused is not null)
        {
            return Ended(_contentRefused, "", "a hub refused the content");
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
            if (_attempt is not { } attempt)
            {
                return Ended(_search.Last, "", "no hub took it");
            }

            attempt.Connection.NotAfter = _search.Until(_route!, deadline);
            var (phase, answer) = await attempt.FinishAsync(body, deadline, _envelope.ClientWasReset);
            _attempt = null;
            // Only time without a dot outstanding counts: while one is, the client waits for a verdict.
            deadline += attempt.VerdictTicks;
            var verdict = AnswerTable.Judge(phase, answer);
            if (verdict.Step == AnswerStep.Proceed)
            {
                attempt.Release(delivered: true);
                _refusals.DeliveredBy(attempt.Hub, attempt.IsTrial);
                return Ended(answer.Reply, attempt.Hub.Name, "delivered");
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
            if (EndedBy(attempt, phase, answer, verdict) is { } end)
            {
                return end;
            }
        }
    }

    /// <summary>Ends a transaction that is not to be delivered: RSET, QUIT, a client that is gone.</summary>
    public void Dispose() => GiveBack();

    private TransactionResult? EndedBy(HubAttempt attempt, HubPhase phase, HubAnswer answer, AnswerVerdict verdict)
    {
        var hub = attempt.Hub;
        _refusals.Record(hub, phase, verdict.Effect, $"{phase}: {answer}");
        _search.Remember(verdict.ForClient);
        _search.NeedMoreThan(hub, verdict);
        if (verdict.Step == AnswerStep.Tell)
        {
            return Ended(_search.Last, hub.Name, "a hub refused the content");
        }

        if (_refusals.MessageBreaksHubs)
        {
            return Ended(AnswerTable.BreaksHubs, hub.Name, "two hubs broke off at this message");
        }

        if (verdict.Step == AnswerStep.InDoubt)
        {
            if (_envelope.ClientIsGone())
            {
                return Ended(null, hub.Name, "in doubt: the hub gave no verdict and the client is gone");
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
        if (_route is null || _envelope.AcceptedRecipients != 0 || pending.Any(recipient => ReferenceEquals(RouteOf(recipient), _route)))
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
            else
            {
                recipient.Told = OtherRoute;
            }
        }

        return asked;
    }
}
