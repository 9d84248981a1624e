using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Sink;

/// <summary>What a sink says when nothing else was scripted.</summary>
internal static class SinkReplies
{
    public static readonly SmtpReply Banner = new(220, default, "relay-sink ESMTP, for trying things on");
    public static readonly SmtpReply Helo = new(250, default, "relay-sink");
    public static readonly SmtpReply Ehlo = new(
        250, default, "relay-sink", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "DSN", "ENHANCEDSTATUSCODES");
    public static readonly SmtpReply EhloWithStartTls = new(250, default, [.. Ehlo.Lines, "STARTTLS"]);
    public static readonly SmtpReply Mail = new(250, 2, 1, 0, "Ok");
    public static readonly SmtpReply Rcpt = new(250, 2, 1, 5, "Ok");
    public static readonly SmtpReply Data = new(354, default, "End with <CRLF>.<CRLF>");
    public static readonly SmtpReply Taken = new(250, 2, 0, 0, "Ok");
    public static readonly SmtpReply Ok = new(250, 2, 0, 0, "Ok");
    public static readonly SmtpReply Vrfy = new(252, 2, 5, 0, "Send some mail and see");
    public static readonly SmtpReply Help = new(214, 2, 0, 0, "RFC 5321");
    public static readonly SmtpReply Bye = new(221, 2, 0, 0, "Bye");
    public static readonly SmtpReply StartTls = new(220, 2, 0, 0, "Go ahead");
    public static readonly SmtpReply Leaving = new(421, 4, 3, 2, "The sink is going down");
    public static readonly SmtpReply UnknownCommand = new(500, 5, 5, 1, "Unknown command");
    public static readonly SmtpReply BadArgument = new(501, 5, 5, 4, "Bad argument");
    public static readonly SmtpReply BareLineEnding = new(500, 5, 5, 2, "Lines end with CRLF");
    public static readonly SmtpReply LineTooLong = new(500, 5, 5, 2, "Line too long");
    public static readonly SmtpReply BadSequence = new(503, 5, 5, 1, "Bad sequence of commands");
    public static readonly SmtpReply NoRecipients = new(554, 5, 5, 1, "No valid recipients");
    public static readonly SmtpReply BareLineEndingInMessage = new(550, 5, 6, 11, "The message has a CR or LF that stands alone");
    public static readonly SmtpReply CannotKeep = new(452, 4, 3, 1, "The message could not be kept");
}
