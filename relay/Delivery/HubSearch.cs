using System.Buffers;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// Finds a hub that takes an envelope: MAIL, every recipient that the client was already told is accepted, and the new
/// ones. One search goes through as many hubs as its answers allow; afterwards every new recipient has been told
/// something.
/// </summary>
public sealed class HubSearch(DeliveryServices services, Envelope envelope, HubRefusals refusals, SpoolKeeper? keeper)
{
    // 15 of 25 seconds: Exchange tarpits for five, and what is suspect is given up after fifteen.
    private const double ShareOfOneHub = 0.6;

    private readonly ArrayBufferWriter<byte> _text = new(256);
    private readonly EnvelopeAnswers _answers = new();
    private bool _onceUsed;
    private bool _someFailed;
    private long _needed;

    /// <summary>How many hubs were asked so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>The hub that was asked last; "" for none.</summary>
    public string LastHub { get; private set; } = "";

    /// <summary>The last hub's words where a search ended without one, as the client may hear them.</summary>
    public SmtpReply Last { get; private set; } = AnswerTable.NoHub;

    /// <summary>MAIL itself was refused for good: that answers every recipient.</summary>
    public SmtpReply? MailRefusal { get; private set; }

    /// <summary>Octets of the message as far as known, which hubs are told; -1 where unknown.</summary>
    public long Size { get; set; } = envelope.Mail.Size;

    /// <summary>
    /// Until when one hub may keep its answers to MAIL, RCPT and DATA to itself: where there are others, some of the
    /// transaction's time stays theirs, since a single wait is too little to find a hub suspect.
    /// </summary>
    public long Until(Route route, long deadline) =>
        route.Hubs.Length == 1 ? deadline : Math.Min(deadline, services.Clock.After(services.Patience * ShareOfOneHub));

    /// <summary>A new question: what was said to an earlier one is not its answer.</summary>
    public void Begin()
    {
        Last = AnswerTable.NoHub;
        _someFailed = false;
    }

    /// <summary>Other hubs are asked from now on: what those of another route said counts no more.</summary>
    public void Forget()
    {
        Begin();
        MailRefusal = null;
        _onceUsed = false;
        _needed = 0;
    }

    /// <summary>A refusal that only a better hub may undo, remembered while the search goes on.</summary>
    public void Remember(SmtpReply? reply) => Last = reply ?? Last;

    /// <summary>Opens the transaction at some hub; null where none takes it: then <see cref="Last"/> says why.</summary>
    /// <param name="route">The hubs to choose from.</param>
    /// <param name="asked">New recipients; none when a whole message is replayed.</param>
    /// <param name="exclusions">Hubs not to ask; grows.</param>
    /// <param name="keep">A slot to use first, on a fresh connection; null for none.</param>
    /// <param name="deadline">When to stop looking, as a timestamp.</param>
    /// <param name="standby">A hub that took some of the recipients, to fall back on; null for none.</param>
    public async ValueTask<HubAttempt?> OpenAsync(
        Route route, List<Recipient> asked, HubExclusions exclusions, HubSlot? keep, long deadline, StandbyAttempt? standby = null)
    {
        var accepted = Accepted();
        var recipients = accepted.Count == 0 ? asked : [.. accepted, .. asked];
        var freshTried = keep is not null;
        while (true)
        {
            var fresh = keep is not null;
            var slot = keep ?? await TakeAsync(route, asked, exclusions, deadline, mayWait: standby is null);
            keep = null;
            if (slot is null)
            {
                return FallBack(standby, asked);
            }

            var attempt = await ConnectAsync(slot, fresh, exclusions, Until(route, deadline));
            if (attempt is null)
            {
                continue;
            }

            Attempts++;
            LastHub = attempt.Hub.Name;
            var started = services.Clock.Time.GetTimestamp();
            var mail = await attempt.OpenAsync(envelope, recipients, Size, _text, _answers.Recipients);
            services.Clock.Observe(attempt.Hub, HubPhase.Mail, started);
            if (keeper is { Takes: true })
            {
                _answers.KeepRefused(accepted);
            }

            var (phase, answer, verdict) = _answers.Judge(mail, accepted.Count, recipients.Count, attempt.IsTrial);
            if (verdict.Step == AnswerStep.Proceed)
            {
                standby?.Attempt.Release(delivered: false);
                _answers.Tell(asked, accepted.Count);
                return attempt;
            }

            if (phase == HubPhase.Mail && attempt.WasPooled
                && answer is { Reply.Code: 421 } or { Fault: HubFault.Closed or HubFault.Reset })
            {
                // The hub ended an idle connection in the same moment: nobody's fault.
                keep = attempt.DiscardConnection();
                continue;
            }

            services.Log.HubAnswered(envelope.Id, attempt.Hub.Id, phase, answer);
            if (verdict.Step == AnswerStep.FreshConnection && !freshTried)
            {
                freshTried = true;
                keep = attempt.DiscardConnection();
                continue;
            }

            refusals.Record(attempt.Hub, phase, verdict.Effect, answer.ToString());
            Remember(verdict.ForClient);
            if (IsFinal(verdict))
            {
                if (phase != HubPhase.Mail)
                {
                    // Each answer is its recipient's; the transaction stays open for others.
                    standby?.Attempt.Release(delivered: false);
                    _answers.Tell(asked, accepted.Count);
                    return attempt;
                }

                attempt.Release(delivered: false);
                MailRefusal = standby is null ? Last : null;
                return FallBack(standby, asked);
            }

            exclusions.Add(attempt.Hub);
            NeedMoreThan(attempt.Hub, verdict);
            if (standby is null && _answers.MayStandBy(phase, verdict, accepted.Count))
            {
                standby = new StandbyAttempt(attempt, _answers.ForClients(asked.Count, accepted.Count));
                continue;
            }

            _someFailed |= verdict.Step is AnswerStep.TryNext or AnswerStep.FreshConnection;
            _answers.KeepWords(phase, attempt.IsTrial, asked, accepted.Count);
            attempt.Release(delivered: false);
        }
    }

    /// <summary>
    /// Asks the hub of an open attempt about more recipients, and other hubs if it cannot go on. The attempt that holds
    /// the transaction afterwards; null where none does.
    /// </summary>
    public async ValueTask<HubAttempt?> ExtendAsync(HubAttempt attempt, Route route, List<Recipient> asked, long deadline)
    {
        attempt.Connection.NotAfter = Until(route, deadline);
        var accepted = envelope.RecipientsForHub;
        await attempt.AddAsync(asked, accepted, _text, _answers.Recipients);
        var (phase, answer, verdict) = _answers.Judge(0, asked.Count, accepted != 0);
        if (verdict.Step == AnswerStep.Proceed || IsFinal(verdict))
        {
            _answers.Tell(asked, 0);
            return attempt;
        }

        services.Log.HubAnswered(envelope.Id, attempt.Hub.Id, phase, answer);
        var exclusions = new HubExclusions();
        if (verdict.Step == AnswerStep.FreshConnection)
        {
            return await OpenAsync(route, asked, exclusions, attempt.DiscardConnection(), deadline);
        }

        refusals.Record(attempt.Hub, phase, verdict.Effect, answer.ToString());
        Remember(verdict.ForClient);
        exclusions.Add(attempt.Hub);
        NeedMoreThan(attempt.Hub, verdict);
        if (_answers.MayStandBy(phase, verdict, 0))
        {
            return await OpenAsync(route, asked, exclusions, null, deadline, new StandbyAttempt(attempt, _answers.ForClients(asked.Count, 0)));
        }

        _someFailed |= verdict.Step == AnswerStep.TryNext;
        _answers.KeepWords(phase, attempt.IsTrial, asked, 0);
        attempt.Release(delivered: false);
        return await OpenAsync(route, asked, exclusions, null, deadline);
    }

    /// <summary>After 552 5.3.4: only a hub with a larger SIZE can help.</summary>
    public void NeedMoreThan(Hub hub, AnswerVerdict verdict)
    {
        if (verdict.Step == AnswerStep.LargerHub)
        {
            _needed = Math.Max(_needed, (hub.Capabilities?.MaxMessageBytes ?? 0) + 1);
        }
    }

    private HubAttempt? FallBack(StandbyAttempt? standby, List<Recipient> asked)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            asked[i].Told = standby is not null ? standby.Replies[i] : MailRefusal ?? asked[i].LastWords ?? Last;
        }

        return standby?.Attempt;
    }

    private async ValueTask<HubSlot?> TakeAsync(
        Route route, List<Recipient> asked, HubExclusions exclusions, long deadline, bool mayWait)
    {
        var left = services.Clock.Left(deadline);
        if (left == TimeSpan.Zero)
        {
            Weaken(asked);
            return null;
        }

        var size = Math.Max(0, Math.Max(Size, _needed));
        var request = new HubRequest(envelope.ClientAddress, envelope.Needs, size, exclusions, envelope.WaitKey, envelope.IsQueued, MayTry: keeper is not { TakesWhole: true });
        var pick = await services.Router.TakeAsync(route, request, mayWait ? left : TimeSpan.Zero, CancellationToken.None);
        if (pick.Slot is not null)
        {
            return pick.Slot;
        }

        switch (pick.Reason)
        {
            case NoHubReason.Exhausted when !_someFailed:
                break;
            case NoHubReason.NoneCapableEver:
                Last = NeverCapable(route);
                break;
            case NoHubReason.Busy:
                Weaken(asked);
                Last = AnswerTable.Busy;
                break;
            default:
                Weaken(asked);
                break;
        }

        return null;
    }

    private SmtpReply NeverCapable(Route route)
    {
        foreach (var hub in route.Hubs)
        {
            if (hub.Capabilities?.Has(envelope.Needs) != false)
            {
                return Last.Code == 552 ? Last : AnswerTable.TooLargeForHubs;
            }
        }

        return envelope.Mail.SmtpUtf8 ? AnswerTable.NoUtf8Hub : AnswerTable.NoEightBitHub;
    }

    // A refusal that another hub might have undone, had it been able to say anything, is not the last word.
    private void Weaken(List<Recipient> asked)
    {
        Last = Last.IsPermanent ? AnswerTable.NoHub : Last;
        foreach (var recipient in asked)
        {
            if (recipient.LastWords is { IsPermanent: true, Enhanced: { Subject: 7 } or { Subject: 3, Detail: 4 } })
            {
                recipient.LastWords = null;
            }
        }
    }

    private async ValueTask<HubAttempt?> ConnectAsync(HubSlot slot, bool fresh, HubExclusions exclusions, long notAfter)
    {
        var hub = slot.Hub;
        var trace = envelope.Trace?.Attempt(hub);
        var started = services.Clock.Time.GetTimestamp();
        var result = await hub.Connections.RentAsync(fresh, notAfter, CancellationToken.None);
        if (result.Connection is not { Fresh: false })
        {
            services.Clock.Observe(hub, HubPhase.Connect, started);
        }

        if (result.Connection is not { } connection)
        {
            Attempts++;
            var verdict = AnswerTable.Judge(result.Phase, result.Answer);
            services.Log.HubAnswered(envelope.Id, hub.Id, result.Phase, result.Answer);
            trace?.Answered(result.Phase, result.Answer);
            trace?.End(delivered: false);
            refusals.Record(hub, result.Phase, verdict.Effect, $"{result.Phase}: {result.Answer} {result.Detail}".TrimEnd());
            exclusions.Add(hub);
            slot.Dispose();
            _someFailed = true;
            return null;
        }

        var attempt = new HubAttempt(slot, connection, services.Clock, trace);
        connection.NotAfter = notAfter;
        hub.Capabilities = connection.Capabilities;
        if (connection.Capabilities.LoopUid == services.PoolUid)
        {
            services.Ejections.Failed(hub, FailureKind.Loop, "this hub is the pool itself");
        }
        else if (connection.Capabilities.Has(envelope.Needs))
        {
            var told = await attempt.IntroduceAsync(envelope);
            if (told is not { Reply.IsPositive: false } and not { HasReply: false })
            {
                return attempt;
            }

            refusals.Record(hub, HubPhase.Xclient, AnswerTable.Judge(HubPhase.Xclient, told).Effect, told.ToString());
            _someFailed = true;
        }

        attempt.Release(delivered: false);
        exclusions.Add(hub);
        return null;
    }

    private bool IsFinal(AnswerVerdict verdict)
    {
        if (verdict.Step != AnswerStep.TryOnce)
        {
            return verdict.Step == AnswerStep.Tell;
        }

        if (!_onceUsed)
        {
            _onceUsed = true;
            return false;
        }

        refusals.Agreed();
        return true;
    }

    private List<Recipient> Accepted()
    {
        List<Recipient> accepted = [];
        foreach (var recipient in envelope.Recipients)
        {
            if (recipient.IsForHub)
            {
                accepted.Add(recipient);
            }
        }

        return accepted;
    }
}
