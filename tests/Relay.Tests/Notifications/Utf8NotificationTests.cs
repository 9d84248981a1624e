using System.Text;
using MimeKit;
using RelayOperator.Relay.Notifications;
using Xunit;

namespace RelayOperator.Relay.Tests.Notifications;

/// <summary>Notifications about addresses beyond ASCII (RFC 6533).</summary>
public sealed class Utf8NotificationTests
{
    private const string Original = "From: é@corp.test\r\nSubject: grüß\r\n\r\nLeib\r\n";

    [Fact]
    public void A_utf8_recipient_makes_the_report_global()
    {
        var request = Request() with { Recipients = [new() { Address = "用户@例.test", Dsn = RecipientDsn.Parse(@" ORCPT=utf-8;\x{E9}@x.test") }] };
        var notification = NotificationComposer.Compose(request);
        Assert.True(notification.NeedsSmtpUtf8);
        var text = Encoding.UTF8.GetString(notification.Content.Span);
        Assert.Contains("Content-Type: message/global-delivery-status\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: utf-8; 用户@例.test\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: utf-8; é@x.test\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global\r\n", text, StringComparison.Ordinal);
        Assert.Contains($"\r\n\r\n{Original}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ascii_recipient_beside_it_stays_rfc822()
    {
        var text = Encoding.UTF8.GetString(NotificationComposer.Compose(
            Request() with { Recipients = [new() { Address = "é@x.test" }, new() { Address = "b@x.test" }] }).Content.Span);
        Assert.Contains("Final-Recipient: utf-8; é@x.test\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822; b@x.test\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_utf8_sender_is_addressed_as_it_is_and_gets_a_global_header()
    {
        var request = Request() with { To = "é@corp.test", Sender = "é@corp.test", Envelope = EnvelopeDsn.None };
        var notification = NotificationComposer.Compose(request);
        Assert.True(notification.NeedsSmtpUtf8);
        var text = Encoding.UTF8.GetString(notification.Content.Span);
        Assert.Contains("\r\nTo: <é@corp.test>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global-headers\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Subject: grüß\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_utf8_original_between_ascii_addresses_needs_no_smtputf8_and_goes_back_as_message_global()
    {
        var request = Request();
        var notification = NotificationComposer.Compose(request);
        Assert.Equal((false, true), (notification.NeedsSmtpUtf8, notification.NeedsEightBitMime));
        var (message, status) = NotificationComposerTests.Read(request);
        Assert.Equal("message/delivery-status", status.ContentType.MimeType);
        Assert.Equal("message/global", ((MultipartReport)message.Body!)[2].ContentType.MimeType);
    }

    [Fact]
    public void An_ascii_report_writes_the_rest_in_escapes_or_question_marks()
    {
        var (message, status) = NotificationComposerTests.Read(Request() with
        {
            Envelope = EnvelopeDsn.Parse(" ENVID=+C3+A9"),
            Recipients = [new() { Address = "b@x.test", Dsn = RecipientDsn.Parse(" ORCPT=utf-8;é@x.test"), Reply = "550 5.1.1 Unbekannt: é" }],
        });
        Assert.Equal("?", status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal(@"utf-8; \x{E9}@x.test", status.StatusGroups[1]["Original-Recipient"]);
        Assert.Equal("smtp; 550 5.1.1 Unbekannt: ?", status.StatusGroups[1]["Diagnostic-Code"]);
        // People read it as it was said.
        Assert.Contains("550 5.1.1 Unbekannt: é", ((TextPart)((MultipartReport)message.Body!)[0]).Text, StringComparison.Ordinal);
    }

    private static NotificationRequest Request() => NotificationComposerTests.Failure() with
    {
        Original = new OriginalMessage(Encoding.UTF8.GetBytes(Original), IsWhole: true, SmtpUtf8: true),
    };
}
