using System.Collections.Immutable;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>
/// Makes the notifications about one message, ready to be committed with what caused them. A notification is mail like any
/// other, from nobody, through the pool's own hubs.
/// </summary>
/// <param name="services">Shared.</param>
/// <param name="pool">The configuration that the delivery began with.</param>
public sealed class NotificationWriter(QueueServices services, PoolSnapshot pool)
{
    private readonly NotificationPlan _plan = new(pool.Config.Delivery.Notifications, pool.Config.Postmaster);

    /// <summary>Who is told about a recipient's fate.</summary>
    public NotificationTarget TargetOf(NotificationKind kind, SpoolMessage message, SpoolRecipient recipient)
    {
        var (sender, address, dsn) = Read(message, recipient);
        return _plan.For(kind, sender, address, dsn.Notify);
    }

    /// <summary>The notification of one kind to one target about some recipients; null where the store fails.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="target">The sender or the postmaster.</param>
    /// <param name="claim">The message.</param>
    /// <param name="fates">Those that it is about.</param>
    public async ValueTask<NewMessage?> WriteAsync(NotificationKind kind, NotificationTarget target, SpoolClaim claim, IReadOnlyList<RecipientFate> fates)
    {
        var id = services.Ids.Next();
        if (await ComposeAsync(id, kind, target, claim, fates) is not var (notification, to))
        {
            return null;
        }

        var appender = new BodyAppender(services.Spool, SpoolId.Parse(id), notification.Content.Length + (notification.Content.Length / 64));
        if (!await appender.AppendAsync(Wire(notification.Content)) || await appender.CompleteAsync() is not { } inline)
        {
            appender.Abandon();
            return null;
        }

        var domain = DomainOf(to);
        var message = new SpoolMessage
        {
            Id = SpoolId.Parse(id),
            ReceivedAt = services.Time.GetUtcNow(),
            Mail = $"FROM:<>{(notification.NeedsEightBitMime ? " BODY=8BITMIME" : "")}{(notification.NeedsSmtpUtf8 ? " SMTPUTF8" : "")}",
            Client = IPAddress.Loopback,
            Helo = pool.Config.HeloName,
            Protocol = "ESMTP",
            Listener = "",
            MessageId = $"<{id}@{pool.Config.HeloName}>",
            ContentBytes = notification.Content.Length,
            WireBytes = appender.Bytes,
            Chunks = appender.Chunks,
            BodyChecksum = appender.Checksum,
            Recipients = 1,
        };
        services.Log.Notified(claim.Message.Id, message.Id, kind.ToString(), to);
        var recipient = new SpoolRecipient { Number = 0, Rcpt = $"TO:<{to}>", Domain = domain, Route = pool.Routes.For(domain).Name, Due = message.ReceivedAt };
        return new NewMessage(message, [recipient], inline);
    }

    /// <summary>Makes a notification and throws it away: what would end the relay ends it here.</summary>
    public async ValueTask RehearseAsync(SpoolClaim claim) =>
        await ComposeAsync(claim.Message.Id.ToString(), NotificationKind.Failure, NotificationTarget.Sender, claim, [.. claim.Recipients.Select(recipient => new RecipientFate(recipient, FateKind.Failed, recipient))]);

    private async ValueTask<(Notification Notification, string To)?> ComposeAsync(
        string id, NotificationKind kind, NotificationTarget target, SpoolClaim claim, IReadOnlyList<RecipientFate> fates)
    {
        var message = claim.Message;
        _ = MailCommand.TryParse(message.Mail, out var mail, out _);
        var sender = mail?.Path.Address ?? "";
        var envelope = EnvelopeDsn.Parse(mail?.DsnParameters ?? "");
        if (await OriginalAsync(claim, whole: envelope.ReturnFull && kind == NotificationKind.Failure, mail?.SmtpUtf8 == true) is not { } original)
        {
            return null;
        }

        var fatesOf = new RecipientFates(pool.Config.Delivery, services.Door.Retries);
        var recipients = ImmutableArray.CreateBuilder<NotificationRecipient>(fates.Count);
        foreach (var fate in fates)
        {
            var (_, address, dsn) = Read(message, fate.Recipient);
            recipients.Add(new NotificationRecipient
            {
                Address = address,
                Dsn = dsn,
                Status = fate.Reason.Length != 0 ? new EnhancedCode(5, 4, 7) : default,
                Hub = HostOf(fate.After.LastHub),
                Reply = fate.After.LastReply,
                Reason = fate.Reason,
                LastAttempt = fate.After.LastAttempt,
                RetryUntil = kind == NotificationKind.Delay ? fatesOf.ExpiryOf(message) : null,
            });
        }

        var to = target == NotificationTarget.Postmaster || sender.Length == 0 ? pool.Config.Postmaster : sender;
        var request = new NotificationRequest
        {
            Kind = kind,
            Id = id,
            Date = services.Time.GetUtcNow(),
            HeloName = pool.Config.HeloName,
            Postmaster = pool.Config.Postmaster,
            To = to,
            Sender = sender,
            OriginalId = message.Id.ToString(),
            Arrival = message.ReceivedAt,
            Envelope = envelope,
            Original = original,
            EightBitAllowed = TakesEightBit(to),
            Recipients = recipients.ToImmutable(),
        };
        return (NotificationComposer.Compose(request), to);
    }

    // A hub that was never heard most probably does.
    private bool TakesEightBit(string to)
    {
        foreach (var hub in pool.Routes.For(DomainOf(to)).Hubs)
        {
            if (hub.Capabilities?.Has(HubExtensions.EightBitMime) != false)
            {
                return true;
            }
        }

        return false;
    }

    private static string DomainOf(string address) => RcptCommand.TryParse($"TO:<{address}>", out var rcpt, out _) ? rcpt!.Path.Domain : "";

    // The whole where it is asked for and small enough, otherwise what may hold the header. Null where it cannot be read.
    private async ValueTask<OriginalMessage?> OriginalAsync(SpoolClaim claim, bool whole, bool utf8)
    {
        var message = claim.Message;
        whole &= message.WireBytes <= OriginalMessage.MaxWhole;
        if (!claim.FirstChunk.IsEmpty && message.Chunks == 1)
        {
            return new OriginalMessage(claim.FirstChunk, IsWhole: true, utf8);
        }

        using var octets = new MemoryStream();
        for (var k = 0; k < (whole ? message.Chunks : 1); k++)
        {
            if (await services.Spool.ReadAsync(message.Id, k) is not { } chunk)
            {
                return null;
            }

            octets.Write(chunk);
        }

        return new OriginalMessage(octets.ToArray(), octets.Length == message.WireBytes, utf8);
    }

    private string HostOf(string hub) => pool.Config.Hubs.FirstOrDefault(config => config.Name == hub)?.Host ?? hub;

    private static (string Sender, string Address, RecipientDsn Dsn) Read(SpoolMessage message, SpoolRecipient recipient)
    {
        _ = MailCommand.TryParse(message.Mail, out var mail, out _);
        _ = RcptCommand.TryParse(recipient.Rcpt, out var rcpt, out _);
        return (mail?.Path.Address ?? "", rcpt?.Path.Address ?? "", RecipientDsn.Parse(rcpt?.DsnParameters ?? ""));
    }

    private static ReadOnlyMemory<byte> Wire(ReadOnlyMemory<byte> content)
    {
        // Every octet may be a dot at the start of a line.
        var wire = new byte[(content.Length * 2) + 16];
        var encoder = new BdatEncoder(BareLineEndings.Normalize);
        encoder.Encode(content.Span, wire, out _, out var written);
        encoder.Complete(wire.AsSpan(written), out var rest);
        return wire.AsMemory(0, written + rest);
    }
}
