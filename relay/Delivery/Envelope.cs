using System.Net;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>One mail transaction as the client gave it (RFC 5321 §3.3), and what delivery needs to know of the client.</summary>
public sealed class Envelope
{
    /// <summary>The relay's id of this transaction; stands in the Received line, the reply and the log.</summary>
    public required string Id { get; init; }

    public required MailCommand Mail { get; init; }

    public required IPAddress ClientAddress { get; init; }

    /// <summary>Stands in the waiting line for one client, whatever the number of its sessions.</summary>
    public required string WaitKey { get; init; }

    /// <summary>What the client said in HELO or EHLO.</summary>
    public required string ClientHelo { get; init; }

    /// <summary>SMTP or ESMTP, for XCLIENT.</summary>
    public required string ClientProtocol { get; init; }

    /// <summary>Whether the client's input is known to have ended, in whatever way.</summary>
    public required Func<bool> ClientIsGone { get; init; }

    /// <summary>
    /// Whether the client is known to have been reset, as opposed to having ended its input in an orderly way; asked
    /// right before the final dot.
    /// </summary>
    public required Func<bool> ClientWasReset { get; init; }

    /// <summary>Collects what was tried; null where nobody wants to know.</summary>
    public TransactionTrace? Trace { get; init; }

    public List<Recipient> Recipients { get; } = [];

    /// <summary>What a hub must offer to take this mail; DSN is only a preference.</summary>
    public HubExtensions Needs =>
        (Mail.EightBitMime ? HubExtensions.EightBitMime : HubExtensions.None) |
        (Mail.SmtpUtf8 ? HubExtensions.SmtpUtf8 : HubExtensions.None);

    public int AcceptedRecipients
    {
        get
        {
            var count = 0;
            foreach (var recipient in Recipients)
            {
                count += recipient.IsAccepted ? 1 : 0;
            }

            return count;
        }
    }
}
