namespace RelayOperator.Relay.Notifications;

/// <summary>A notification to send: with the null sender, to the one address of its request, without NOTIFY.</summary>
/// <param name="Content">Header and body with CRLF line ends, no line above 998 octets; not dot-stuffed.</param>
/// <param name="NeedsSmtpUtf8">It goes only to a hub that offers SMTPUTF8 (RFC 6533).</param>
/// <param name="NeedsEightBitMime">It goes only to a hub that offers 8BITMIME (RFC 6152).</param>
public sealed record Notification(ReadOnlyMemory<byte> Content, bool NeedsSmtpUtf8, bool NeedsEightBitMime);
