using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Access;

/// <summary>What a client that is not admitted hears.</summary>
public static class AdmissionReplies
{
    /// <summary>The refusal of a connection.</summary>
    /// <param name="result">Anything but Admitted.</param>
    public static SmtpReply Refusal(this AdmissionResult result) => result switch
    {
        AdmissionResult.NobodyMayRelay => Replies.ClientDenied,
        AdmissionResult.PoolFull => Replies.PoolFull,
        AdmissionResult.RuleFull => Replies.RuleFull,
        AdmissionResult.ClientTooOften => Replies.TooOften,
        _ => Replies.ClientFull,
    };
}
