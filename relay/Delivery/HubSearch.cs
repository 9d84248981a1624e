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
public sealed class HubSearch(DeliveryServices services, Envelope envelope, HubRefusals refusals)
{
    private readonly ArrayBufferWriter<byte> _text = new(256);
    private readonly List<HubAnswer> _answers = new(1);
    private bool _onceUsed;

    /// <summary>How many hubs were asked so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>The last hub's words where a search ended without one, as the client may hear them.</summary>
    public SmtpReply Last { get; private set; } = AnswerTable.NoHub;

    /// <summary>MAIL itself was refused for good: that answers every recipient.</summary>
    public bool MailRefused { get; private set; }

    /// <summary>Octets of the message as far as known; -1 where unknown.</summary>
    public long Size { get; set; } = envelope.Mail.Size;

    /// <summary>A refusal that only a better hub may undo, remembered while the search goes on.</summary>
    public void Remember(SmtpReply? reply) => Last = reply ?? Last;

    /// <summary>Opens the transaction at some hub; null where none takes it: then <see cref="Last"/> says why.</summary>
    /// <param name="route">The hubs to choose from.</param>
    /// <param name="asked">New recipients; none when a whole message is replayed.</param>
    /// <param name="exclusions">Hubs not to ask; grows.</param>
    /// <param name="keep">A slot to use first, on a fresh connection; null for none.</param>
    /// <param name="deadline">When to stop looking, as a timestamp.</param>
    public async ValueTask<HubAttempt?> OpenAsync(
        Route route, List<Recipient> asked, HubExclusions exclusions, HubSlot? keep, long deadline)
    {
        var accepted = Accepted();
        var recipients = accepted.Count == 0 ? asked : [.. accepted, .. asked];
        var freshTried = keep is not null;
        while (true)
        {
            var fresh = keep is not null;
            var slot = keep ?? await TakeAsync(route, exclusions, deadline);
            keep = null;
            if (slot is null)
            {
                TellRest(asked, Last);
                return null;
            }

            var attempt = await ConnectAsync(slot, fresh, exclusions, deadline);
            if (attempt is null)
            {
                continue;
            }

            Attempts++;
            var mail = await attempt.OpenAsync(envelope, recipients, Size, _text, _answers);
            var (phase, answer, verdict) = Judge(mail, accepted.Count, recipients.Count);
            if (verdict.Step == AnswerStep.Proceed)
            {
                Tell(asked, accepted.Count);
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
                return End(attempt, phase, asked, accepted.Count);
            }

            KeepWords(asked, accepted.Count);
            NeedMoreThan(attempt.Hub, verdict);
            attempt.Release(delivered: false);
            exclusions.Add(attempt.Hub);
        }
    }

    /// <summary>Asks the hub of an open attempt about more recipients; null where it is told and done, or the verdict that ends it.</summary>
    public async ValueTask<AnswerVerdict?> ExtendAsync(HubAttempt attempt, List<Recipient> asked)
    {
        var accepted = envelope.AcceptedRecipients;
        await attempt.AddAsync(asked, accepted, _text, _answers);
        var (phase, answer, verdict) = JudgeRecipients(0, asked.Count, accepted != 0);
        if (verdict.Step == AnswerStep.Proceed || IsFinal(verdict))
        {
            Tell(asked, 0);
            return null;
        }

        services.Log.HubAnswered(envelope.Id, attempt.Hub.Id, phase, answer);
        refusals.Record(attempt.Hub, phase, verdict.Effect, answer.ToString());
        Remember(verdict.ForClient);
        KeepWords(asked, 0);
        return verdict;
    }

    /// <summary>After 552 5.3.4: only a hub with a larger SIZE can help.</summary>
    public void NeedMoreThan(Hub hub, AnswerVerdict verdict)
    {
        if (verdict.Step == AnswerStep.LargerHub)
        {
            Size = Math.Max(Size, (hub.Capabilities?.MaxMessageBytes ?? 0) + 1);
        }
    }

    private static void TellRest(List<Recipient> asked, SmtpReply reply)
    {
        foreach (var recipient in asked)
        {
            recipient.Told ??= recipient.LastWords ?? reply;
        }
    }

    private async ValueTask<HubSlot?> TakeAsync(Route route, HubExclusions exclusions, long deadline)
    {
        var request = new HubRequest(envelope.ClientAddress, envelope.Needs, Math.Max(0, Size), exclusions, envelope.WaitKey);
        var pick = await services.Router.TakeAsync(route, request, services.Clock.Left(deadline), CancellationToken.None);
        if (pick.Slot is null)
        {
            Last = pick.Reason switch
            {
                NoHubReason.Exhausted => Last,
                NoHubReason.Busy => AnswerTable.Busy,
                NoHubReason.NoneCapableEver => NeverCapable(),
                _ when Attempts != 0 => Last,
                _ => AnswerTable.NoHub,
            };
        }

        return pick.Slot;
    }

    private SmtpReply NeverCapable() =>
        envelope.Mail.SmtpUtf8 ? AnswerTable.NoUtf8Hub
        : envelope.Mail.EightBitMime ? AnswerTable.NoEightBitHub
        : Last.IsPermanent ? Last : AnswerTable.TooLargeForHubs;

    private async ValueTask<HubAttempt?> ConnectAsync(HubSlot slot, bool fresh, HubExclusions exclusions, long deadline)
    {
        var hub = slot.Hub;
        var result = await hub.Connections.RentAsync(fresh, CancellationToken.None);
        if (result.Connection is not { } connection)
        {
            Attempts++;
            var verdict = AnswerTable.Judge(result.Phase, result.Answer);
            services.Log.HubAnswered(envelope.Id, hub.Id, result.Phase, result.Answer);
            refusals.Record(hub, result.Phase, verdict.Effect, $"{result.Phase}: {result.Answer} {result.Detail}");
            exclusions.Add(hub);
            slot.Dispose();
            return null;
        }

        var attempt = new HubAttempt(slot, connection, services.Clock);
        connection.NotAfter = deadline;
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
        }

        attempt.Release(delivered: false);
        exclusions.Add(hub);
        return null;
    }

    private HubAttempt? End(HubAttempt attempt, HubPhase phase, List<Recipient> asked, int accepted)
    {
        if (phase is HubPhase.FirstRcpt && accepted == 0)
        {
            // Each answer is its recipient's; the transaction stays open for others.
            Tell(asked, accepted);
            return attempt;
        }

        attempt.Release(delivered: false);
        MailRefused = phase == HubPhase.Mail && Last.IsPermanent;
        TellRest(asked, Last);
        return null;
    }

    private bool IsFinal(AnswerVerdict verdict)
    {
        var second = verdict.Step == AnswerStep.TryOnce && _onceUsed;
        _onceUsed |= verdict.Step == AnswerStep.TryOnce;
        return second || verdict.Step == AnswerStep.Tell;
    }

    private (HubPhase Phase, HubAnswer Answer, AnswerVerdict Verdict) Judge(HubAnswer mail, int accepted, int recipients)
    {
        var verdict = AnswerTable.Judge(HubPhase.Mail, mail);
        return verdict.Step == AnswerStep.Proceed
            ? JudgeRecipients(accepted, recipients, accepted != 0)
            : (HubPhase.Mail, mail, verdict);
    }

    // Every reply has been read before any is judged. The answer that decides is the first one that speaks of the hub
    // rather than of its recipient; the first `accepted` answers are of recipients whom the client was told are taken.
    private (HubPhase Phase, HubAnswer Answer, AnswerVerdict Verdict) JudgeRecipients(int accepted, int expected, bool someTaken)
    {
        foreach (var answer in _answers)
        {
            someTaken |= answer is { Reply.IsPositive: true };
        }

        for (var i = 0; i < _answers.Count; i++)
        {
            var answer = _answers[i];
            var phase = someTaken ? HubPhase.LaterRcpt : HubPhase.FirstRcpt;
            var verdict = AnswerTable.Judge(phase, answer);
            if (i < accepted && verdict.Step != AnswerStep.Proceed)
            {
                return (phase, answer, verdict with { Step = AnswerStep.TryNext, ForClient = AnswerTable.NoHub });
            }

            if (verdict.Step is not (AnswerStep.Proceed or AnswerStep.Tell))
            {
                return (phase, answer, verdict);
            }
        }

        return _answers.Count < expected
            ? (HubPhase.LaterRcpt, HubFault.Closed, AnswerTable.Judge(HubPhase.LaterRcpt, HubFault.Closed))
            : (HubPhase.LaterRcpt, default, new AnswerVerdict(AnswerStep.Proceed, HealthEffect.Good, null));
    }

    private void Tell(List<Recipient> asked, int skip)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            var reply = _answers[skip + i].Reply!;
            asked[i].Told = reply.IsPositive
                ? ReplyCompletion.WithEnhancedCode(reply, HubPhase.LaterRcpt)
                : AnswerTable.Judge(HubPhase.LaterRcpt, reply).ForClient ?? reply;
        }
    }

    private void KeepWords(List<Recipient> asked, int skip)
    {
        for (var i = 0; i < asked.Count && skip + i < _answers.Count; i++)
        {
            if (_answers[skip + i].Reply is { IsPositive: false } reply)
            {
                asked[i].LastWords = AnswerTable.Judge(HubPhase.LaterRcpt, reply).ForClient;
            }
        }
    }

    private List<Recipient> Accepted()
    {
        List<Recipient> accepted = [];
        foreach (var recipient in envelope.Recipients)
        {
            if (recipient.IsAccepted)
            {
                accepted.Add(recipient);
            }
        }

        return accepted;
    }
}
