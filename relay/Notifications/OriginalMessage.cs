namespace RelayOperator.Relay.Notifications;

/// <summary>The message that a notification is about, as far as it is at hand.</summary>
/// <param name="Wire">Its first octets in SMTP wire form: dot-stuffed, CRLF. May be garbage, and may end anywhere.</param>
/// <param name="IsWhole">These are all of it.</param>
/// <param name="SmtpUtf8">It came with SMTPUTF8 (RFC 6531), so that its header may hold UTF-8.</param>
public sealed record OriginalMessage(ReadOnlyMemory<byte> Wire, bool IsWhole, bool SmtpUtf8)
{
    /// <summary>Octets of the wire form up to which a message is given back whole; of a larger one, the header is. 1 MiB.</summary>
    public const int MaxWhole = 1024 * 1024;

    /// <summary>Octets of the wire form that are looked at for a header; whoever reads a message for its header alone needs no more. 64 KiB.</summary>
    public const int MaxHeader = 64 * 1024;

    /// <summary>Nothing of it is at hand.</summary>
    public static OriginalMessage None { get; } = new(default, IsWhole: false, SmtpUtf8: false);
}
