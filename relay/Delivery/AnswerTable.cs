using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// What a hub's answer means: phase × answer → step, effect on health, reply to the client. The only place that knows.
/// Nothing a hub says before MAIL reaches the client, nor 421, 454, 530, 535 and 538 at any time: those are the hub's
/// own faults, and the client hears 451 for them if no other hub helps.
/// </summary>
public static class AnswerTable
{
    /// <summary>No hub can take the mail now.</summary>
    public static readonly SmtpReply NoHub = new(451, 4, 4, 1, "No hub can take the mail now, try again later");

    /// <summary>Every hub is at its limit and stayed there.</summary>
    public static readonly SmtpReply Busy = new(451, 4, 3, 2, "All hubs are busy, try again later");

    /// <summary>A hub lost step with the protocol.</summary>
    public static readonly SmtpReply OutOfStep = new(451, 4, 5, 0, "A hub did not understand, try again later");

    /// <summary>Two hubs broke off at the same message: it goes to no third.</summary>
    public static readonly SmtpReply BreaksHubs = new(451, 4, 3, 0, "Hubs break off at this message, try again later");

    /// <summary>No hub of the route offers SMTPUTF8 (RFC 6531 §3.5).</summary>
    public static readonly SmtpReply NoUtf8Hub = new(553, 5, 6, 7, "No hub takes internationalised addresses");

    /// <summary>No hub of the route offers 8BITMIME (RFC 6152).</summary>
    public static readonly SmtpReply NoEightBitHub = new(554, 5, 6, 3, "No hub takes 8-bit content");

    /// <summary>Every hub of the route names a smaller SIZE.</summary>
    public static readonly SmtpReply TooLargeForHubs = new(552, 5, 3, 4, "Larger than any hub takes");

    /// <summary>No hub said this: there is none, or none is free.</summary>
    public static bool IsLackOfHub(SmtpReply? reply) => ReferenceEquals(reply, NoHub) || ReferenceEquals(reply, Busy);

    /// <summary>
    /// The hub takes no more recipients in this transaction (RFC 5321 §4.5.3.1.10): the next transaction may have it at once.
    /// </summary>
    public static bool IsOneTooMany(SmtpReply reply) => reply is { Code: 452, Enhanced: { Subject: 5, Detail: 3 } };

    /// <summary>What <paramref name="answer"/> in <paramref name="phase"/> means.</summary>
    public static AnswerVerdict Judge(HubPhase phase, HubAnswer answer)
    {
        if (!answer.HasReply)
        {
            return Fault(phase, answer.Fault);
        }

        var reply = answer.Reply;
        if (IsExpected(phase, reply.Code))
        {
            return new(AnswerStep.Proceed, HealthEffect.Good, null);
        }

        return phase switch
        {
            < HubPhase.Mail or > HubPhase.Dot => new(AnswerStep.TryNext, BeforeMail(phase, reply), NoHub),
            _ => Refusal(phase, reply),
        };
    }

    private static bool IsExpected(HubPhase phase, int code) => phase switch
    {
        HubPhase.Data => code == 354,
        HubPhase.Body => false,
        _ => code is >= 200 and < 300,
    };

    private static AnswerVerdict Refusal(HubPhase phase, SmtpReply reply)
    {
        var passed = ReplyCompletion.WithEnhancedCode(reply, phase);
        var code = passed.Enhanced;
        return reply.Code switch
        {
            421 => new(AnswerStep.TryNext, HealthEffect.Throttle, NoHub),
            454 or 530 or 535 or 538 => new(AnswerStep.TryNext, HealthEffect.TlsOrAuth, NoHub),
            // 501 and 504 speak of a parameter, which is the client's own: an address that this hub does not like.
            501 or 504 when phase is (HubPhase.Mail or HubPhase.FirstRcpt or HubPhase.LaterRcpt) =>
                new(AnswerStep.Tell, HealthEffect.None, passed),
            >= 500 and <= 504 => new(AnswerStep.FreshConnection, HealthEffect.ProtocolError, OutOfStep),
            >= 400 and < 500 => Transient(phase, passed),
            552 when code is { Subject: 3, Detail: 4 } => new(AnswerStep.LargerHub, HealthEffect.None, passed),
            // 5.7.x is often one hub's broken connector, not the pool's policy: one other hub is asked.
            >= 550 and < 600 when code.Subject == 7 && phase is (HubPhase.Mail or HubPhase.FirstRcpt or HubPhase.LaterRcpt) =>
                new(AnswerStep.TryOnce, HealthEffect.Refusal, passed),
            >= 505 and < 600 => new(AnswerStep.Tell, HealthEffect.None, passed),
            // A 2xx or 3xx where none is due: replies and commands no longer match.
            _ => new(phase == HubPhase.Dot ? AnswerStep.InDoubt : AnswerStep.TryNext, HealthEffect.ProtocolError, NoHub),
        };
    }

    private static AnswerVerdict Transient(HubPhase phase, SmtpReply passed)
    {
        var code = passed.Enhanced;
        var effect = code is { Subject: 3, Detail: 2 } ? HealthEffect.Throttle : HealthEffect.Refusal;
        return phase switch
        {
            HubPhase.LaterRcpt => new(AnswerStep.Tell, HealthEffect.None, passed),
            // Exchange's back pressure (4.3.x), and its front end with a dead back end (4.4.x, 4.7.0).
            HubPhase.FirstRcpt when code.Subject is 3 or 4 || code is { Subject: 7, Detail: 0 } =>
                new(AnswerStep.TryNext, effect, passed),
            HubPhase.FirstRcpt => new(AnswerStep.TryOnce, HealthEffect.Refusal, passed),
            _ => new(AnswerStep.TryNext, effect, passed),
        };
    }

    private static HealthEffect BeforeMail(HubPhase phase, SmtpReply reply) => (phase, reply.Code) switch
    {
        (_, 421) => HealthEffect.Throttle,
        (HubPhase.Tls or HubPhase.Auth, _) or (_, 454 or 530 or 535 or 538) => HealthEffect.TlsOrAuth,
        (HubPhase.Banner, _) => HealthEffect.ConnectFailed,
        _ => HealthEffect.ProtocolError,
    };

    private static AnswerVerdict Fault(HubPhase phase, HubFault fault)
    {
        var effect = fault switch
        {
            HubFault.Refused => HealthEffect.ConnectRefused,
            HubFault.Unresolvable => HealthEffect.ConnectFailed,
            HubFault.TimedOut => HealthEffect.TimedOut,
            HubFault.TlsFailed or HubFault.TlsNotOffered or HubFault.AuthFailed => HealthEffect.TlsOrAuth,
            HubFault.Malformed or HubFault.Unsolicited => HealthEffect.ProtocolError,
            // Given up because of other evidence, which has been recorded already; or never tried.
            HubFault.Abandoned or HubFault.NoResources => HealthEffect.None,
            _ when phase <= HubPhase.Banner => HealthEffect.ConnectFailed,
            _ => HealthEffect.Broken,
        };
        return new(phase == HubPhase.Dot ? AnswerStep.InDoubt : AnswerStep.TryNext, effect, NoHub);
    }
}
