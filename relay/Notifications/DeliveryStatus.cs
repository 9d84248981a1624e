using System.Text;
using MimeKit.Utils;

namespace RelayOperator.Relay.Notifications;

/// <summary>
/// Writes the part of a notification that programs read: fields of the message, then a group of fields for each
/// recipient (RFC 3464 §2, RFC 6533 §4).
/// </summary>
internal static class DeliveryStatus
{
    /// <param name="request">What to tell.</param>
    /// <param name="utf8">For message/global-delivery-status; otherwise all of it is ASCII.</param>
    public static byte[] Format(NotificationRequest request, bool utf8)
    {
        var fields = new StringBuilder();
        if (request.Envelope.EnvelopeId.Length != 0)
        {
            Add("Original-Envelope-Id", request.Envelope.EnvelopeId);
        }

        Add("Reporting-MTA", $"dns; {request.HeloName}");
        Add("Arrival-Date", DateUtils.FormatDate(request.Arrival));
        foreach (var recipient in request.Recipients)
        {
            fields.Append("\r\n");
            AddRecipient(recipient);
        }

        return Encoding.UTF8.GetBytes(fields.ToString());

        void Add(string name, string value)
        {
            value = FieldText.Clean(value, utf8);
            FieldText.Append(fields, name, value);
        }

        void AddRecipient(NotificationRecipient recipient)
        {
            if (recipient.Dsn.OriginalType.Length != 0)
            {
                Add("Original-Recipient", $"{recipient.Dsn.OriginalType}; {OriginalAddress(recipient.Dsn)}");
            }

            Add("Final-Recipient", Typed(recipient.Address));
            Add("Action", request.Kind switch { NotificationKind.Failure => "failed", NotificationKind.Delay => "delayed", _ => "relayed" });
            Add("Status", ReportedStatus.Of(recipient, request.Kind).ToString());
            if (recipient.Hub.Length != 0 && recipient.Reply.Length != 0)
            {
                Add("Remote-MTA", $"dns; {recipient.Hub}");
            }

            if (recipient.Reply.Length != 0)
            {
                Add("Diagnostic-Code", $"smtp; {recipient.Reply}");
            }

            if (recipient.LastAttempt is { } last)
            {
                Add("Last-Attempt-Date", DateUtils.FormatDate(last));
            }

            if (request.Kind == NotificationKind.Delay && recipient.RetryUntil is { } until)
            {
                Add("Will-Retry-Until", DateUtils.FormatDate(until));
            }
        }

        string OriginalAddress(RecipientDsn dsn) =>
            !dsn.OriginalType.Equals(Utf8Address.Type, StringComparison.OrdinalIgnoreCase) ? dsn.OriginalAddress
            : utf8 ? Utf8Address.Decode(dsn.OriginalAddress) : Utf8Address.Encode(dsn.OriginalAddress);
    }

    // Beyond ASCII only where the report is global: the composer sees to that.
    private static string Typed(string address) => Ascii.IsValid(address) ? $"rfc822; {address}" : $"{Utf8Address.Type}; {address}";
}
