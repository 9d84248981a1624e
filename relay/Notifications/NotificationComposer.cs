using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace RelayOperator.Relay.Notifications;

/// <summary>
/// Makes delivery status notifications: multipart/report (RFC 6522) of a part for people, a part for programs
/// (RFC 3464) and what of the original goes back (RFC 3461 §4.3), in the forms of RFC 6533 where an address needs UTF-8.
/// Pure, and total: no original is so broken that there would be no notification.
/// </summary>
public static class NotificationComposer
{
    public static Notification Compose(NotificationRequest request)
    {
        var utf8 = NeedsUtf8(request);
        // RFC 3461 §4.3: RET counts only where delivery failed.
        var full = request.Envelope.ReturnFull && request.Kind == NotificationKind.Failure;
        var returned = ReturnedContent.Of(request.Original, full, eightBit: utf8 || request.EightBitAllowed);
        var text = Encoding.UTF8.GetBytes(NotificationText.Format(request));
        var status = DeliveryStatus.Format(request, utf8);

        var report = new MultipartReport("delivery-status") { Boundary = Boundary(request.Id, text, status, returned.Octets) };
        report.Add(Part(new ContentType("text", "plain") { Charset = "utf-8" }, text, asItIs: Ascii.IsValid(text)));
        report.Add(Part(new ContentType("message", utf8 ? "global-delivery-status" : "delivery-status"), status, asItIs: true));
        var eightBit = !Ascii.IsValid(status);
        if (returned.Octets.Length != 0)
        {
            var part = Original(returned, utf8, isGlobal: utf8 || (request.Original.SmtpUtf8 && returned.HeaderIsUtf8));
            report.Add(part);
            eightBit |= part.ContentTransferEncoding == ContentEncoding.EightBit;
        }

        if (eightBit)
        {
            report.Headers.Add(HeaderId.ContentTransferEncoding, "8bit"); // RFC 2045 §6.4: as wide as its widest part.
        }

        using var output = new MemoryStream(4096 + text.Length + status.Length + returned.Octets.Length);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = utf8;
        var message = new MimeMessage(Header(request, returned.MessageId, utf8)) { Body = report };
        message.WriteTo(format, output);
        var content = output.GetBuffer().AsMemory(0, (int)output.Length);
        return new Notification(content, utf8, NeedsEightBitMime: !Ascii.IsValid(content.Span));
    }

    // RFC 6533 §4: only where an address cannot be written otherwise.
    private static bool NeedsUtf8(NotificationRequest request)
    {
        var utf8 = !Ascii.IsValid(request.To);
        foreach (var recipient in request.Recipients)
        {
            utf8 |= !Ascii.IsValid(recipient.Address);
        }

        return utf8;
    }

    private static IEnumerable<Header> Header(NotificationRequest request, string? originalId, bool utf8)
    {
        // No report needs SMTPUTF8 for the sake of where it comes from.
        var from = request.Postmaster.Length != 0 && (utf8 || Ascii.IsValid(request.Postmaster)) ? request.Postmaster : $"MAILER-DAEMON@{request.HeloName}";
        yield return Field(HeaderId.From, $"Mail relay <{from}>");
        yield return Field(HeaderId.To, $"<{request.To}>");
        yield return Field(HeaderId.Subject, NotificationText.Subject(request.Kind));
        yield return Field(HeaderId.Date, DateUtils.FormatDate(request.Date));
        yield return Field(HeaderId.MessageId, $"<{request.Id}@{request.HeloName}>");
        yield return Field(HeaderId.AutoSubmitted, "auto-replied"); // RFC 3834 §5
        if (originalId is not null)
        {
            yield return Field(HeaderId.InReplyTo, originalId);
            yield return Field(HeaderId.References, originalId);
        }

        yield return Field(HeaderId.MimeVersion, "1.0");

        // Raw, since the library refuses addresses that mail systems are known to use, such as a..b@example.
        Header Field(HeaderId id, string value)
        {
            var header = new Header(id, "");
            header.SetRawValue(Encoding.UTF8.GetBytes($" {FieldText.Clean(value, utf8)}\r\n"));
            return header;
        }
    }

    private static MimePart Original(ReturnedContent returned, bool utf8, bool isGlobal)
    {
        if (returned.IsWhole)
        {
            // No encoding but the identity may wrap a message (RFC 2046 §5.2.1).
            return Part(new ContentType("message", isGlobal ? "global" : "rfc822"), returned.Octets, asItIs: true);
        }

        var type = utf8 ? new ContentType("message", "global-headers") : new ContentType("text", "rfc822-headers");
        return Part(type, returned.Octets, asItIs: (utf8 || !returned.HeaderIsUtf8) && IsPlain(returned.Octets));
    }

    private static MimePart Part(ContentType type, byte[] octets, bool asItIs) => new(type)
    {
        // The stream holds memory alone, and the message, which nobody disposes of, holds nothing else.
        Content = new MimeContent(new MemoryStream(octets, writable: false), ContentEncoding.Default),
        ContentTransferEncoding = !asItIs ? ContentEncoding.QuotedPrintable
            : Ascii.IsValid(octets) ? ContentEncoding.SevenBit : ContentEncoding.EightBit,
    };

    // No NUL and no line too long (RFC 2045 §2.7, §2.8); lines end with CRLF by now.
    private static bool IsPlain(ReadOnlySpan<byte> lines)
    {
        foreach (var range in lines.Split((byte)'\n'))
        {
            if (lines[range].Length > ReturnedContent.MaxLine + 1)
            {
                return false;
            }
        }

        return !lines.Contains((byte)0);
    }

    // At most 70 characters (RFC 2046 §5.1.1), and in none of the parts: a hub or the original may have heard of the id.
    private static string Boundary(string id, params ReadOnlySpan<byte[]> parts)
    {
        var name = FieldText.Clean(id, utf8: false);
        name = name[..Math.Min(name.Length, 40)];
        for (var i = 0; ; i++)
        {
            var boundary = $"=_{i}_{name}";
            var octets = Encoding.ASCII.GetBytes(boundary);
            var isFree = true;
            foreach (var part in parts)
            {
                isFree &= part.AsSpan().IndexOf(octets) < 0;
            }

            if (isFree)
            {
                return boundary;
            }
        }
    }
}
