namespace RelayOperator.Relay.Smtp;

/// <summary>The commands of SMTP that the relay tells apart (RFC 5321 §4.1.1, RFC 3030, RFC 3207, RFC 4954; Postfix's XCLIENT), and the beginning of a PROXY header.</summary>
public enum SmtpVerb
{
    Unknown,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Quit,
    StartTls,
    Auth,
    Xclient,
    Proxy,
}
