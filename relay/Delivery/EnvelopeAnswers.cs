using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// What one hub answered to an envelope's recipients, each by the place of its RCPT, and what that means for the
/// transaction. The first ones may be of recipients whom the client was told are taken. Pure but for telling recipients.
/// </summary>
public sealed class EnvelopeAnswers
{
    /// <summary>The answers as they came; fewer than recipients where the hub broke off.</summary>
    public List<HubAnswer> Recipients { get; } = new(1);

    /// <summary>What decides: MAIL's answer if it is no yes, otherwise what <see cref="Judge(int, int, bool)"/> finds.</summary>
    /// <param name="mail">The answer to MAIL.</param>
    /// <param name="accepted">How many of the first recipients the client was told are taken.</param>
    /// <param name="expected">How many were asked.</param>
    /// <param name="trial">No hub was healthy when this one was asked.</param>
    public (HubPhase Phase, HubAnswer Answer, AnswerVerdict Verdict) Judge(HubAnswer mail, int accepted, int expected, bool trial)
    {
        var verdict = AnswerTable.Judge(HubPhase.Mail, mail);
        var (phase, answer) = (HubPhase.Mail, mail);
        if (verdict.Step == AnswerStep.Proceed)
        {
            (phase, answer, verdict) = Judge(accepted, expected, accepted != 0);
        }

        // What another hub has agreed to is not refused for good by this one, nor by one that is known to be ill.
        return (phase == HubPhase.Mail && accepted != 0 && verdict.Step is (AnswerStep.Tell or AnswerStep.TryOnce))
            || (trial && phase != HubPhase.LaterRcpt && verdict.Step == AnswerStep.TryOnce)
            ? (phase, answer, Elsewhere(verdict))
            : (phase, answer, verdict);
    }

    /// <summary>
    /// What decides among the recipients' answers: one that speaks of the hub rather than of its recipient. Only where
    /// there is none, a refusal decides that another hub might undo: then every recipient has an answer of its own.
    /// </summary>
    public (HubPhase Phase, HubAnswer Answer, AnswerVerdict Verdict) Judge(int accepted, int expected, bool someTaken)
    {
        foreach (var answer in Recipients)
        {
            someTaken |= answer is { Reply.IsPositive: true };
        }

        var phase = someTaken ? HubPhase.LaterRcpt : HubPhase.FirstRcpt;
        (HubPhase, HubAnswer, AnswerVerdict)? undoable = null;
        for (var i = 0; i < Recipients.Count; i++)
        {
            var answer = Recipients[i];
            var verdict = AnswerTable.Judge(phase, answer);
            switch (verdict.Step)
            {
                case AnswerStep.Proceed:
                    break;
                case AnswerStep.LargerHub or AnswerStep.FreshConnection when i < accepted:
                    return (phase, answer, verdict);
                case var _ when i < accepted:
                    return (phase, answer, Elsewhere(verdict));
                case AnswerStep.Tell:
                    break;
                case AnswerStep.TryOnce or AnswerStep.LargerHub:
                    undoable ??= (phase, answer, verdict);
                    break;
                default:
                    return (phase, answer, verdict);
            }
        }

        return Recipients.Count < expected
            ? (HubPhase.LaterRcpt, HubFault.Closed, AnswerTable.Judge(HubPhase.LaterRcpt, HubFault.Closed))
            : undoable ?? (HubPhase.LaterRcpt, default, new AnswerVerdict(AnswerStep.Proceed, HealthEffect.Good, null));
    }

    /// <summary>
    /// Leaves to the spool whom another hub took and this one refuses: as far as that is about the recipient, and as long
    /// as the hub takes somebody. The rest goes on here.
    /// </summary>
    public void KeepRefused(List<Recipient> accepted)
    {
        if (!Recipients.Exists(static answer => answer is { Reply.IsPositive: true }))
        {
            return;
        }

        for (var i = 0; i < accepted.Count && i < Recipients.Count; i++)
        {
            if (Recipients[i].Reply is { IsPositive: false } reply && AnswerTable.Judge(HubPhase.LaterRcpt, reply).Step == AnswerStep.Tell)
            {
                accepted[i].Keep(ForClient(reply));
                Recipients[i] = Replies.RecipientOk;
            }
        }
    }

    /// <summary>
    /// The hub takes some recipients and not one of them: the others are not to lose it over that, as long as it takes
    /// everyone whom the client was told is taken.
    /// </summary>
    public bool MayStandBy(HubPhase phase, AnswerVerdict verdict, int accepted)
    {
        for (var i = 0; i < accepted; i++)
        {
            // A hub that breaks off has answered about fewer.
            if (i >= Recipients.Count || Recipients[i] is not { Reply.IsPositive: true })
            {
                return false;
            }
        }

        return phase == HubPhase.LaterRcpt && verdict.Step is (AnswerStep.TryOnce or AnswerStep.LargerHub);
    }

    /// <summary>What each of so many new recipients hears, behind those accepted before.</summary>
    public SmtpReply[] ForClients(int count, int accepted)
    {
        var replies = new SmtpReply[count];
        for (var i = 0; i < count; i++)
        {
            replies[i] = ForClient(Recipients[accepted + i].Reply!);
        }

        return replies;
    }

    /// <summary>Tells each new recipient its own answer.</summary>
    public void Tell(List<Recipient> asked, int accepted)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            asked[i].Told = ForClient(Recipients[accepted + i].Reply!);
        }
    }

    /// <summary>Keeps a refusal as a recipient's last words, should no hub do better.</summary>
    public void KeepWords(HubPhase phase, bool trial, List<Recipient> asked, int accepted)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            // What RCPT is told behind a refused MAIL says nothing, nor do the words of a hub that is known to be ill.
            var counts = phase != HubPhase.Mail && !trial && accepted + i < Recipients.Count;
            asked[i].LastWords = counts && Recipients[accepted + i].Reply is { IsPositive: false } reply ? ForClient(reply) : null;
        }
    }

    private static AnswerVerdict Elsewhere(AnswerVerdict verdict) =>
        verdict with { Step = AnswerStep.TryNext, ForClient = AnswerTable.NoHub };

    private static SmtpReply ForClient(SmtpReply reply) => reply.IsPositive
        ? ReplyCompletion.WithEnhancedCode(reply, HubPhase.LaterRcpt)
        : AnswerTable.Judge(HubPhase.LaterRcpt, reply).ForClient ?? reply;
}
