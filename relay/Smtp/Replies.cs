namespace RelayOperator.Relay.Smtp;

/// <summary>What the relay itself says, each made once. Enhanced codes as RFC 2034 §4 wants them: not on 220, 354.</summary>
public static class Replies
{
    public static readonly SmtpReply Ok = new(250, 2, 0, 0, "Ok");
    public static readonly SmtpReply Bye = new(221, 2, 0, 0, "Bye");
    public static readonly SmtpReply SenderOk = new(250, 2, 1, 0, "Sender ok");
    public static readonly SmtpReply RecipientOk = new(250, 2, 1, 5, "Recipient ok");
    public static readonly SmtpReply StartMail = new(354, default, "End data with <CR><LF>.<CR><LF>");
    public static readonly SmtpReply CannotVerify = new(252, 2, 1, 5, "Cannot verify, but will take mail and try to deliver it");
    public static readonly SmtpReply Help = new(214, 2, 0, 0, "RFC 5321: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");

    public static readonly SmtpReply StartTls = new(220, 2, 0, 0, "Go ahead with TLS");

    public static readonly SmtpReply LoginOk = new(235, 2, 7, 0, "Authentication succeeded");

    public static readonly SmtpReply Leaving = new(421, 4, 3, 2, "This relay is leaving, connect again");
    public static readonly SmtpReply TimedOut = new(421, 4, 4, 2, "Waited too long for you");
    public static readonly SmtpReply EnoughMessages = new(421, 4, 7, 0, "Enough messages on this connection, connect again");
    public static readonly SmtpReply PoolFull = new(421, 4, 7, 0, "Too many sessions in this pool, try again later");
    public static readonly SmtpReply RuleFull = new(421, 4, 7, 0, "Too many sessions under your access rule, try again later");
    public static readonly SmtpReply TooOften = new(421, 4, 7, 0, "You connect too often, try again later");
    public static readonly SmtpReply TooManyErrors = new(421, 4, 7, 0, "Too many errors in this session");
    public static readonly SmtpReply EnoughTime = new(421, 4, 7, 0, "This session has lasted long enough, connect again");
    public static readonly SmtpReply ClientFull = new(421, 4, 7, 0, "Too many sessions from your address, try again later");
    public static readonly SmtpReply NoRoom = new(452, 4, 3, 1, "No room to take the message now, try again later");
    public static readonly SmtpReply NotStored = new(451, 4, 3, 0, "The message could not be stored, try again later");
    public static readonly SmtpReply TooManyMessages = new(450, 4, 7, 1, "Too many messages a minute, try again later");
    public static readonly SmtpReply TooManyRecipients = new(452, 4, 5, 3, "Too many recipients in one transaction");

    public static readonly SmtpReply TooManyLogins = new(421, 4, 7, 0, "Too many failed logins, connect again later");
    public static readonly SmtpReply LoginBusy = new(454, 4, 7, 0, "Too many logins at once, try again later");
    public static readonly SmtpReply TlsNotNow = new(454, 4, 7, 0, "STARTTLS comes alone, try again");

    public static readonly SmtpReply UnknownCommand = new(500, 5, 5, 1, "Command not recognised");
    public static readonly SmtpReply LineTooLong = new(500, 5, 5, 2, "Line too long");
    public static readonly SmtpReply ControlCharacters = new(500, 5, 5, 2, "Control characters or broken UTF-8 in a command");
    public static readonly SmtpReply BareLineEndingInCommand = new(500, 5, 5, 2, "Lines end with CRLF, not with a bare CR or LF");
    public static readonly SmtpReply HeloNeedsName = new(501, 5, 5, 4, "Name yourself: HELO name");
    public static readonly SmtpReply NoArgumentAllowed = new(501, 5, 5, 4, "This command takes no argument");
    public static readonly SmtpReply MailSyntax = new(501, 5, 5, 4, "Syntax: MAIL FROM:<address>");
    public static readonly SmtpReply RcptSyntax = new(501, 5, 5, 4, "Syntax: RCPT TO:<address>");
    public static readonly SmtpReply BadChunk = new(501, 5, 5, 4, "Syntax: BDAT size [LAST]");
    public static readonly SmtpReply BadSender = new(501, 5, 1, 7, "Bad sender address");
    public static readonly SmtpReply BadRecipient = new(501, 5, 1, 3, "Bad recipient address");
    public static readonly SmtpReply BadParameter = new(501, 5, 5, 4, "Bad value of a parameter");
    public static readonly SmtpReply UnknownParameter = new(555, 5, 5, 4, "Parameter not recognised or given twice");
    public static readonly SmtpReply NeedsSmtpUtf8 = new(553, 5, 6, 7, "This address needs SMTPUTF8");
    public static readonly SmtpReply NoTls = new(502, 5, 5, 1, "TLS is not served here");
    public static readonly SmtpReply TlsActive = new(503, 5, 5, 1, "TLS is active already");
    public static readonly SmtpReply TlsNeeded = new(530, 5, 7, 0, "Must issue a STARTTLS command first");
    public static readonly SmtpReply NoLogin = new(502, 5, 5, 1, "Authentication is not served here");
    public static readonly SmtpReply LoggedIn = new(503, 5, 5, 1, "You have authenticated already");
    public static readonly SmtpReply LoginNeedsEhlo = new(503, 5, 5, 1, "Say EHLO first");
    public static readonly SmtpReply LoginNeedsTls = new(538, 5, 7, 11, "Authentication needs TLS, begin with STARTTLS");
    public static readonly SmtpReply LoginNeeded = new(530, 5, 7, 0, "Authentication required");
    public static readonly SmtpReply LoginSyntax = new(501, 5, 5, 4, "Syntax: AUTH mechanism [initial response]");
    public static readonly SmtpReply LoginCancelled = new(501, 5, 7, 0, "Authentication cancelled");
    public static readonly SmtpReply UnknownMechanism = new(504, 5, 5, 4, "Mechanism not offered here");
    public static readonly SmtpReply BadResponse = new(501, 5, 5, 2, "Not a response of this mechanism in base64");
    public static readonly SmtpReply BadLogin = new(535, 5, 7, 8, "User name or password is wrong");
    public static readonly SmtpReply ResponseTooLong = new(500, 5, 5, 6, "Line of the authentication exchange too long");
    public static readonly SmtpReply UserMayNotSend = new(550, 5, 7, 1, "Your user may not send as this sender");
    public static readonly SmtpReply CertificateNeeded = new(530, 5, 7, 0, "Your access rule needs a client certificate, shown over TLS");
    public static readonly SmtpReply CertificateDenied = new(550, 5, 7, 1, "Your access rule does not take your client certificate");
    public static readonly SmtpReply XclientSyntax = new(501, 5, 5, 4, $"Syntax: XCLIENT attribute=value, of {XclientCommand.Attributes}");
    public static readonly SmtpReply XclientDenied = new(550, 5, 7, 0, "You may not speak for others");
    public static readonly SmtpReply ProxyDenied = new(554, 5, 7, 1, "Only proxies may connect here");
    public static readonly SmtpReply NoProxyHere = new(554, 5, 7, 1, "No PROXY header is taken here");
    public static readonly SmtpReply RelayDenied = new(550, 5, 7, 1, "You may not relay here");
    public static readonly SmtpReply ClientDenied = new(554, 5, 7, 1, "No access rule lets your address relay here");
    public static readonly SmtpReply SenderNotAllowed = new(550, 5, 7, 1, "Your access rule does not allow this sender");
    public static readonly SmtpReply RecipientNotAllowed = new(550, 5, 7, 1, "Your access rule does not allow this recipient");
    public static readonly SmtpReply TooLarge = new(552, 5, 3, 4, "Larger than allowed");
    public static readonly SmtpReply TooManyHops = new(554, 5, 4, 6, "Too many hops: the message is going round in circles");
    public static readonly SmtpReply Nul = new(554, 5, 6, 0, "No octet of a message may be NUL (RFC 5322); encode what holds it");
    public static readonly SmtpReply BareLineEnding = new(554, 5, 5, 2, "Lines of a message end with CRLF, not with a bare CR or LF");
}
