using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Access;

/// <summary>What a client's access rule says to an envelope. Pure but for counting messages.</summary>
/// <param name="rule">The client's rule; null where it has none and may relay nothing.</param>
/// <param name="maxMessageBytes">The pool's own limit, for clients without a rule.</param>
public readonly struct EnvelopePolicy(AccessRule? rule, long maxMessageBytes)
{
    /// <summary>The refusal of a MAIL command; null where it is allowed, and counted then.</summary>
    /// <param name="mail">The command.</param>
    /// <param name="tls">The client's TLS; null in the clear.</param>
    /// <param name="login">Who it has authenticated as; null for nobody.</param>
    public SmtpReply? RefusalOf(MailCommand mail, TlsFacts? tls, ClientLogin? login)
    {
        if (mail.Path.NeedsUtf8 && !mail.SmtpUtf8)
        {
            return Replies.NeedsSmtpUtf8;
        }

        if (mail.Size > (rule?.Config.MaxMessageBytes ?? maxMessageBytes))
        {
            return Replies.TooLarge;
        }

        if (rule is null)
        {
            // Who may not relay hears it at RCPT.
            return null;
        }

        if ((rule.RefusalOf(login) ?? rule.RefusalOf(tls)) is { } refusal)
        {
            return refusal;
        }

        if (login?.MaySend(mail.Path) == false)
        {
            return Replies.UserMayNotSend;
        }

        if (!mail.Path.IsNull && !rule.AllowsSender(mail.Path.Domain))
        {
            return Replies.SenderNotAllowed;
        }

        return rule.TryTakeMessage() ? null : Replies.TooManyMessages;
    }

    /// <summary>The refusal of a RCPT command; null where it is allowed.</summary>
    /// <param name="rcpt">The command.</param>
    /// <param name="mail">The transaction's MAIL.</param>
    /// <param name="recipients">How many recipients the transaction has.</param>
    public SmtpReply? RefusalOf(RcptCommand rcpt, MailCommand mail, int recipients)
    {
        if (rule is null)
        {
            return Replies.RelayDenied;
        }

        if (rcpt.Path.NeedsUtf8 && !mail.SmtpUtf8)
        {
            return Replies.NeedsSmtpUtf8;
        }

        if (recipients >= rule.Config.MaxRecipients)
        {
            return Replies.TooManyRecipients;
        }

        // RFC 5321 §4.5.1: <Postmaster> has no domain and is always taken.
        return rcpt.Path.Domain.Length == 0 || (rule.AllowsRecipient(rcpt.Path.Domain) && (!rule.LimitsRecipients || !NamesAnotherDomain(rcpt.Path)))
            ? null
            : Replies.RecipientNotAllowed;
    }

    // user%other@domain, other!user@domain and "user@other"@domain are routes of old: a hub that follows them would send
    // what it has from a relay that it trusts out of the domains that the rule allows.
    private static bool NamesAnotherDomain(MailPath path) => path.LocalPart.AsSpan().ContainsAny('%', '!', '@');
}
