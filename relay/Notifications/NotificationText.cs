using System.Text;
using MimeKit.Utils;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Notifications;

/// <summary>The part of a notification that people read: what happened, to whose mail, in whose words, and what to do.</summary>
internal static class NotificationText
{
    // The part for programs has them all.
    private const int MaxRecipients = 50;

    public static string Subject(NotificationKind kind) => kind switch
    {
        NotificationKind.Failure => "Mail could not be delivered",
        NotificationKind.Delay => "Mail is delayed",
        _ => "Mail was passed on without confirmation of delivery",
    };

    public static string Format(NotificationRequest request)
    {
        var text = new StringBuilder();
        var isToSender = request.Sender.Equals(request.To, StringComparison.Ordinal);
        text.Append(Line($"This is the mail relay {request.HeloName}."))
            .Append("\r\n")
            .Append(Opening(request, isToSender))
            .Append("\r\n");
        for (var i = 0; i < request.Recipients.Length && i < MaxRecipients; i++)
        {
            AppendRecipient(text, request.Recipients[i], request.Kind);
        }

        if (request.Recipients.Length > MaxRecipients)
        {
            text.Append(Line($"And {request.Recipients.Length - MaxRecipients} more, listed in the report attached.")).Append("\r\n");
        }

        return text
            .Append(Line($"The relay took the message on {DateUtils.FormatDate(request.Arrival)} as {request.OriginalId}."))
            .Append("Whoever runs the relay finds it by that id.\r\n")
            .ToString();
    }

    private static string Opening(NotificationRequest request, bool isToSender)
    {
        var whose = isToSender ? "Your message"
            : request.Sender.Length == 0 ? "A message without a return address, itself a report of some kind,"
            : $"A message from <{request.Sender}>";
        return request.Kind switch
        {
            NotificationKind.Failure => Line($"{whose} could not be delivered to the following recipients.") + "It will not be tried again.\r\n",
            NotificationKind.Delay => Line($"{whose} has not reached the following recipients yet.") + "The relay keeps trying: nothing needs to be done, and the message need not be sent again.\r\n",
            _ => Line($"{whose} was passed on for the following recipients.") + "The next mail server does not confirm delivery: no further confirmation will come.\r\n",
        };
    }

    private static void AppendRecipient(StringBuilder text, NotificationRecipient recipient, NotificationKind kind)
    {
        text.Append(Line($"<{recipient.Address}>"));
        if (recipient.Reply.Length != 0)
        {
            text.Append("    ").Append(Line($"{(recipient.Hub.Length != 0 ? recipient.Hub : "The mail server")} answered:"))
                .Append("    ").Append(Line(recipient.Reply));
        }

        if (recipient.Reason.Length != 0)
        {
            text.Append("    ").Append(Line(recipient.Reason));
        }

        if (kind == NotificationKind.Failure)
        {
            text.Append("    ").Append(Advice(ReportedStatus.Of(recipient, kind))).Append("\r\n");
        }
        else if (kind == NotificationKind.Delay && recipient.RetryUntil is { } until)
        {
            text.Append("    ").Append(Line($"It is tried until {DateUtils.FormatDate(until)}."));
        }

        text.Append("\r\n");
    }

    // By the subject of the status (RFC 3463 §3), as far as it leaves something to the sender.
    private static string Advice(EnhancedCode status) => status switch
    {
        { Subject: 1 } => "Check the address for mistakes, and send the message again if there is one.",
        { Subject: 2, Detail: 2 } => "The mailbox is full: send the message again later, or reach the recipient another way.",
        { Subject: 2, Detail: 3 } or { Subject: 3, Detail: 4 } => "The message is too large: send it again with fewer or smaller attachments.",
        { Subject: 6 } => "The recipient's mail server cannot take this form of message: send it as plain text.",
        { Subject: 7 } => "A rule forbids it: ask the recipient, or whoever runs the mail server named above.",
        { Subject: 4 } or { Class: 4 } => "The recipient could not be reached in time: send the message again later.",
        _ => "Ask whoever runs the mail server named above, with the words that it answered.",
    };

    private static string Line(string text) => FieldText.Clean(text, utf8: true) + "\r\n";
}
