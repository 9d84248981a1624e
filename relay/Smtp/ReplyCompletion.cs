using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Smtp;

/// <summary>Gives a hub's reply the enhanced code that it lacks, by its code and phase (RFC 3463, RFC 5248).</summary>
public static class ReplyCompletion
{
    public static SmtpReply WithEnhancedCode(SmtpReply reply, HubPhase phase) =>
        reply.Enhanced.IsPresent || reply.Class is not (2 or 4 or 5)
            ? reply
            : reply.With(DefaultFor(reply.Code, phase));

    private static EnhancedCode DefaultFor(int code, HubPhase phase)
    {
        var recipient = phase is HubPhase.FirstRcpt or HubPhase.LaterRcpt;
        return (code, recipient) switch
        {
            ( >= 200 and < 300, true) => new(2, 1, 5),
            ( >= 200 and < 300, _) => phase == HubPhase.Mail ? new(2, 1, 0) : new(2, 0, 0),
            (450, true) => new(4, 2, 0),
            (451, _) => new(4, 3, 0),
            // The hub's storage, save where it counts recipients (RFC 5321 §4.5.3.1.10).
            (452, _) => phase == HubPhase.LaterRcpt ? new(4, 5, 3) : new(4, 3, 1),
            (421, _) => new(4, 3, 2),
            ( >= 400 and < 500, _) => new(4, 0, 0),
            ( >= 500 and <= 504, _) => new(5, 5, 0),
            (550 or 551, true) => new(5, 1, 1),
            // Outside RCPT the bare code is about the message's size, at RCPT about the mailbox (RFC 5321 §4.2.3).
            (552, true) => new(5, 2, 2),
            (552, _) => new(5, 3, 4),
            (553, _) => phase == HubPhase.Mail ? new(5, 1, 7) : new(5, 1, 3),
            (555, _) => new(5, 5, 4),
            _ => new(5, 0, 0),
        };
    }
}
