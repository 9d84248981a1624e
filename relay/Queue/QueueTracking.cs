using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Queue;

/// <summary>What happened to spooled mail, as events of message tracking.</summary>
internal static class QueueTracking
{
    /// <summary>Tells what a try meant for the recipients of a message; those of one kind, hub and reply in one event.</summary>
    public static void Add(TrackingLog tracking, SpoolMessage message, IReadOnlyList<RecipientFate> fates, DateTimeOffset now)
    {
        foreach (var group in fates.Where(fate => KindOf(fate) is not null).GroupBy(fate => (KindOf(fate), fate.After.LastHub, fate.After.LastReply, fate.Reason)))
        {
            tracking.Add(Event(message, group.Key.Item1!.Value, [.. group.Select(fate => AddressOf(fate.Recipient))], now) with
            {
                Hub = group.Key.LastHub,
                Reply = group.Key.LastReply,
                Reason = group.Key.Reason,
                Attempt = Math.Max(1, group.First().After.Attempts),
            });
        }
    }

    /// <summary>Tells of a notification about a message.</summary>
    public static void AddNotification(TrackingLog tracking, SpoolMessage message, SpoolMessage notification, string to, DateTimeOffset now) =>
        tracking.Add(Event(message, TrackingEventKind.Dsn, [to], now) with { Reason = $"notification {notification.Id}" });

    /// <summary>Tells of what an operator did to a message, where that ends its way or holds it up.</summary>
    public static void AddChange(TrackingLog tracking, QueueEntry entry, QueueAction action, DateTimeOffset now)
    {
        if (action is QueueAction.Hold or QueueAction.Delete)
        {
            var kind = action == QueueAction.Hold ? TrackingEventKind.Hold : TrackingEventKind.Delete;
            tracking.Add(Event(entry.Message, kind, [.. entry.Recipients.Select(AddressOf)], now) with { Reason = "by relay queue" });
        }
    }

    /// <summary>Tells of a message that came out of another spool.</summary>
    public static void AddImport(TrackingLog tracking, NewMessage message, string how, DateTimeOffset now) =>
        tracking.Add(Event(message.Message, TrackingEventKind.Receive, [.. message.Recipients.Select(AddressOf)], now) with { Helo = message.Message.Helo, Reason = how });

    /// <summary>Tells that a peer took a message over.</summary>
    public static void AddHandOver(TrackingLog tracking, SpoolClaim claim, string peer, DateTimeOffset now) =>
        tracking.Add(Event(claim.Message, TrackingEventKind.HandOver, [.. claim.Recipients.Select(AddressOf)], now) with { Reason = $"to {peer}, since this pod is to go" });

    private static TrackingEvent Event(SpoolMessage message, TrackingEventKind kind, IReadOnlyList<string> recipients, DateTimeOffset now) => new()
    {
        Kind = kind,
        Id = message.Id.ToString(),
        MessageId = message.MessageId,
        Sender = MailCommand.TryParse(message.Mail, out var mail, out _) ? mail!.Path.Address : null,
        Recipients = recipients,
        Client = message.Client.ToString(),
        Bytes = message.ContentBytes,
        Seconds = (now - message.ReceivedAt).TotalSeconds,
    };

    private static TrackingEventKind? KindOf(RecipientFate fate) => fate.Kind switch
    {
        FateKind.Delivered => TrackingEventKind.Send,
        FateKind.Deferred or FateKind.Delayed => TrackingEventKind.Defer,
        FateKind.Failed => fate.Reason.Length == 0 ? TrackingEventKind.Fail : TrackingEventKind.Expire,
        _ => null,
    };

    private static string AddressOf(SpoolRecipient recipient) =>
        RcptCommand.TryParse(recipient.Rcpt, out var rcpt, out _) ? rcpt!.Path.Address : recipient.Rcpt;
}
