using System.Text;
using MimeKit;
using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Notifications;

/// <summary>What a notification says, read back with a library that did not write these parts.</summary>
public sealed class NotificationComposerTests
{
    private const string Original =
        "From: a@corp.test\r\nMessage-ID:\r\n\t<one@corp.test>\r\nSubject: Hello\r\n\r\nFirst\r\n..dot\r\n";

    private static readonly DateTimeOffset Arrival = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_failure_tells_programs_who_what_when_and_in_whose_words()
    {
        var (message, status) = Read(Failure());
        Assert.Equal(2, status.StatusGroups.Count);
        Assert.Equal(
            ["Original-Envelope-Id: QQ+1", "Reporting-MTA: dns; relay.corp.test", "Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000"],
            Fields(status, 0));
        Assert.Equal(
            [
                "Original-Recipient: rfc822; Bob+x@x.test",
                "Final-Recipient: rfc822; b@x.test",
                "Action: failed",
                "Status: 5.1.1",
                "Remote-MTA: dns; ht01.corp.test",
                "Diagnostic-Code: smtp; 550 5.1.1 No such user",
                "Last-Attempt-Date: Tue, 24 Nov 2026 11:00:00 +0000",
            ],
            Fields(status, 1));
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal(3, report.Count);
    }

    [Fact]
    public void Its_own_header_names_the_original_and_asks_for_no_answer()
    {
        var (message, _) = Read(Failure());
        Assert.Equal("\"Mail relay\" <postmaster@corp.test>", message.From.ToString());
        Assert.Equal("a@corp.test", Assert.Single(message.To.Mailboxes).Address);
        Assert.Equal("Mail could not be delivered", message.Subject);
        Assert.Equal(Arrival.AddHours(2), message.Date);
        Assert.Equal("0K7Q-1@relay.corp.test", message.MessageId);
        Assert.Equal("auto-replied", message.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("one@corp.test", message.InReplyTo);
        Assert.Equal("one@corp.test", Assert.Single(message.References));
        Assert.Equal("1.0", message.Headers[HeaderId.MimeVersion]);

        (message, _) = Read(Failure() with { Postmaster = "" });
        Assert.Equal("MAILER-DAEMON@relay.corp.test", Assert.Single(message.From.Mailboxes).Address);
        Assert.False(NotificationComposer.Compose(Failure() with { Postmaster = "é@corp.test" }).NeedsSmtpUtf8);
    }

    [Fact]
    public void People_read_whose_mail_in_which_words_and_what_to_do()
    {
        var text = Text(Failure());
        Assert.Contains("Your message could not be delivered", text, StringComparison.Ordinal);
        Assert.Contains("<b@x.test>", text, StringComparison.Ordinal);
        Assert.Contains("ht01.corp.test answered:", text, StringComparison.Ordinal);
        Assert.Contains("550 5.1.1 No such user", text, StringComparison.Ordinal);
        Assert.Contains("Check the address", text, StringComparison.Ordinal);
        Assert.Contains("as 0K7Q", text, StringComparison.Ordinal);

        text = Text(Failure() with { To = "postmaster@corp.test" });
        Assert.Contains("A message from <a@corp.test> could not be delivered", text, StringComparison.Ordinal);
        text = Text(Failure() with { To = "postmaster@corp.test", Sender = "" });
        Assert.Contains("A message without a return address", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_without_any_hub_says_why_and_names_none()
    {
        var (message, status) = Read(Failure() with
        {
            Recipients = [new() { Address = "b@x.test", Status = new(4, 4, 7), Reason = "No hub took it for 2 days." }],
        });
        Assert.Equal(["Final-Recipient: rfc822; b@x.test", "Action: failed", "Status: 4.4.7"], Fields(status, 1));
        Assert.Contains("No hub took it for 2 days.", ((MultipartReport)message.Body!)[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_delay_says_until_when_and_returns_only_the_header()
    {
        var request = Failure() with { Kind = NotificationKind.Delay };
        var (message, status) = Read(request with
        {
            Recipients = [request.Recipients[0] with { Status = new(4, 4, 1), RetryUntil = Arrival.AddDays(2) }],
        });
        Assert.Equal("Mail is delayed", message.Subject);
        Assert.Equal("delayed", status.StatusGroups[1]["Action"]);
        Assert.Equal("4.4.1", status.StatusGroups[1]["Status"]);
        Assert.Equal("Thu, 26 Nov 2026 10:00:00 +0000", status.StatusGroups[1]["Will-Retry-Until"]);
        Assert.Equal("text/rfc822-headers", ((MultipartReport)message.Body!)[2].ContentType.MimeType);
    }

    [Fact]
    public void Relayed_says_that_nobody_will_confirm()
    {
        var request = Failure() with { Kind = NotificationKind.Relayed };
        request = request with { Recipients = [request.Recipients[0] with { Status = default, Reply = "250 2.0.0 Ok: queued as 1" }] };
        var (message, status) = Read(request);
        Assert.Equal("Mail was passed on without confirmation of delivery", message.Subject);
        Assert.Equal("relayed", status.StatusGroups[1]["Action"]);
        Assert.Equal("2.0.0", status.StatusGroups[1]["Status"]);
        Assert.Contains("no further confirmation will come", Text(request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NotificationKind.Failure, "550 5.7.1 Denied", "5.7.1")]
    [InlineData(NotificationKind.Failure, "451 4.3.0 Later", "4.3.0")]
    [InlineData(NotificationKind.Failure, "550 No such user", "5.0.0")]
    [InlineData(NotificationKind.Failure, "550 5.1", "5.0.0")]
    [InlineData(NotificationKind.Failure, "250 2.0.0 Ok", "5.0.0")]
    [InlineData(NotificationKind.Failure, "", "5.0.0")]
    [InlineData(NotificationKind.Delay, "550 5.7.1 Denied", "4.0.0")]
    [InlineData(NotificationKind.Delay, "451 4.3.0", "4.3.0")]
    [InlineData(NotificationKind.Relayed, "250 Ok", "2.0.0")]
    [InlineData(NotificationKind.Relayed, "250 2.1.5 1.2.3.4 Ok", "2.1.5")]
    public void The_status_agrees_with_the_action_whatever_the_hub_said(NotificationKind kind, string reply, string expected)
    {
        var (_, status) = Read(Failure() with { Kind = kind, Recipients = [new() { Address = "b@x.test", Reply = reply, Status = new(3, 0, 0) }] });
        Assert.Equal(expected, status.StatusGroups[1]["Status"]);
    }

    [Fact]
    public void Each_recipient_has_a_group_and_people_read_the_first_fifty()
    {
        var request = Failure() with
        {
            Recipients = [.. Enumerable.Range(0, 120).Select(i => new NotificationRecipient { Address = $"r{i}@x.test" })],
        };
        var (_, status) = Read(request);
        Assert.Equal(121, status.StatusGroups.Count);
        Assert.Equal("rfc822; r119@x.test", status.StatusGroups[120]["Final-Recipient"]);
        Assert.Contains("And 70 more", Text(request), StringComparison.Ordinal);
    }

    [Fact]
    public void What_strangers_wrote_cannot_add_fields()
    {
        var (message, status) = Read(Failure() with
        {
            Envelope = new(ReturnFull: false, "a\r\nAction: delivered"),
            Recipients =
            [
                new()
                {
                    Address = "b@x.test",
                    Dsn = RecipientDsn.Parse(" ORCPT=rfc822;a+0D+0A+0D+0AFinal-Recipient:+20x"),
                    Reply = "550 5.0.0 " + new string('x', 3000) + "\r\nStatus: 2.0.0",
                },
            ],
        });
        Assert.Equal(2, status.StatusGroups.Count);
        Assert.Equal(3, status.StatusGroups[0].Count);
        Assert.Equal(5, status.StatusGroups[1].Count);
        Assert.Equal("a  Action: delivered", Normal(status.StatusGroups[0]["Original-Envelope-Id"]));
        Assert.Equal(3, ((MultipartReport)message.Body!).Count);
    }

    [Fact]
    public void A_long_reply_is_folded_and_reads_the_same()
    {
        var reply = "550 5.7.1 " + string.Join(' ', Enumerable.Range(0, 80).Select(i => $"word{i}"));
        var request = Failure() with { Recipients = [new() { Address = "b@x.test", Reply = reply }] };
        var (_, status) = Read(request);
        Assert.Equal($"smtp; {reply}", Normal(status.StatusGroups[1]["Diagnostic-Code"]));
        Assert.DoesNotContain(Wire(request).Split("\r\n").SkipWhile(line => !line.StartsWith("Diagnostic", StringComparison.Ordinal)), line => line.Length > 78);
    }

    [Fact]
    public void Equal_requests_make_equal_octets() => Assert.Equal(Wire(Failure()), Wire(Failure()));

    internal static NotificationRequest Failure() => new()
    {
        Kind = NotificationKind.Failure,
        Id = "0K7Q-1",
        Date = Arrival.AddHours(2),
        HeloName = "relay.corp.test",
        Postmaster = "postmaster@corp.test",
        To = "a@corp.test",
        Sender = "a@corp.test",
        OriginalId = "0K7Q",
        Arrival = Arrival,
        Envelope = EnvelopeDsn.Parse(" RET=FULL ENVID=QQ+2B1"),
        Original = new(Encoding.UTF8.GetBytes(Original), IsWhole: true, SmtpUtf8: false),
        Recipients =
        [
            new()
            {
                Address = "b@x.test",
                Dsn = RecipientDsn.Parse(" NOTIFY=FAILURE ORCPT=rfc822;Bob+2Bx@x.test"),
                Status = new EnhancedCode(5, 1, 1),
                Hub = "ht01.corp.test",
                Reply = "550 5.1.1 No such user",
                LastAttempt = Arrival.AddHours(1),
            },
        ],
    };

    internal static (MimeMessage Message, MessageDeliveryStatus Status) Read(NotificationRequest request)
    {
        var notification = NotificationComposer.Compose(request);
        using var stream = new MemoryStream(notification.Content.ToArray());
        var message = MimeMessage.Load(stream);
        return (message, Assert.IsType<MessageDeliveryStatus>(((MultipartReport)message.Body!)[1]));
    }

    internal static string Wire(NotificationRequest request) => Encoding.Latin1.GetString(NotificationComposer.Compose(request).Content.Span);

    private static string Text(NotificationRequest request) => ((TextPart)((MultipartReport)Read(request).Message.Body!)[0]).Text;

    private static IEnumerable<string> Fields(MessageDeliveryStatus status, int group) =>
        status.StatusGroups[group].Select(field => $"{field.Field}: {field.Value}");

    private static string Normal(string? folded) => folded!.Replace("\r\n", "", StringComparison.Ordinal);
}
