using System.Net;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>One mail transaction as the client gave it (RFC 5321 §3.3), and what delivery needs to know of the client.</summary>
public sealed class Envelope
{
    /// <summary>The relay's id of this transaction; stands in the Received line, the reply and the log.</summary>
    public required string Id { get; init; }

    public required MailCommand Mail { get; init; }

    /// <summary>When MAIL was taken.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Name of the listener that it came by; "" for what the relay itself wrote.</summary>
    public required string Listener { get; init; }

    public required IPAddress ClientAddress { get; init; }

    /// <summary>Stands in the waiting line for one client, whatever the number of its sessions.</summary>
    public required string WaitKey { get; init; }

    /// <summary>What the client said in HELO or EHLO.</summary>
    public required string ClientHelo { get; init; }

    /// <summary>SMTP or ESMTP, with an S behind it where the client came over TLS, and an A where it had authenticated (RFC 3848).</summary>
    public required string ClientProtocol { get; init; }

    /// <summary>Whether the client's input is known to have ended, in whatever way.</summary>
    public required Func<bool> ClientIsGone { get; init; }

    /// <summary>
    /// Whether the client is known to have been reset, as opposed to having ended its input in an orderly way; asked
    /// right before the final dot.
    /// </summary>
    public required Func<bool> ClientWasReset { get; init; }

    /// <summary>It comes from the spool: nobody waits for it, so it leaves room at the hubs for those who do.</summary>
    public bool IsQueued { get; init; }

    /// <summary>Collects what was tried; null where nobody wants to know.</summary>
    public TransactionTrace? Trace { get; init; }

    public List<Recipient> Recipients { get; } = [];

    /// <summary>What a hub must offer to take this mail; DSN is only a preference.</summary>
    public HubExtensions Needs =>
        (Mail.EightBitMime ? HubExtensions.EightBitMime : HubExtensions.None) |
        (Mail.SmtpUtf8 ? HubExtensions.SmtpUtf8 : HubExtensions.None);

    /// <summary>Recipients that whatever hub gets the transaction has to take.</summary>
    public int RecipientsForHub
    {
        get
        {
            var count = 0;
            foreach (var recipient in Recipients)
            {
                count += recipient.IsForHub ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>The envelope as the spool keeps it.</summary>
    public SpoolMessage ToSpooled(BodyAppender body, long contentBytes, string messageId, int recipients) => new()
    {
        Id = SpoolId.Parse(Id),
        ReceivedAt = ReceivedAt,
        Mail = Mail.ToArgument(),
        Client = ClientAddress,
        Helo = ClientHelo,
        Protocol = ClientProtocol,
        Listener = Listener,
        MessageId = messageId,
        ContentBytes = contentBytes,
        WireBytes = body.Bytes,
        Chunks = body.Chunks,
        BodyChecksum = body.Checksum,
        Recipients = recipients,
    };
}
