using System.Text;
using CsCheck;
using MimeKit;
using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Tests.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Notifications;

/// <summary>Whatever the original is, the notification stands, and gives back what it can.</summary>
public sealed class ReturnedOriginalTests
{
    private static readonly Gen<string> Garbage = Gen.OneOf(
            Gen.OneOf("\r\n", "\r\n", "\r\n\r\n", "\r", "\n", ".", "\r\n.", ":", "\0", " ", "\t", "=", "--=_0_0K7Q-1", "Message-ID: <x@y>", "Subject: é",
                "Content-Type: multipart/mixed; boundary=x", "--x", "message/rfc822", "\u00ff\u00fe", "\u0080"),
            Gen.String[Gen.Char['\0', '\u00ff'], 0, 30],
            Gen.Int[0, 3000].Select(length => new string('x', length)))
        .Array[0, 40].Select(string.Concat);

    [Fact]
    public void Ret_full_gives_back_every_octet_without_the_dots_of_the_wire()
    {
        var part = Part("From: a@corp.test\r\nSubject: Hi\r\n\r\n..dot\r\n...two\r\nend", full: true);
        Assert.Equal("message/rfc822", part.Type);
        Assert.Equal("From: a@corp.test\r\nSubject: Hi\r\n\r\n.dot\r\n..two\r\nend", part.Content);
    }

    [Theory]
    [InlineData("From: a\r\nSubject: b\r\n\r\nbody\r\n", "From: a\r\nSubject: b\r\n")]
    [InlineData("From: a\r\nno field\r\nSubject: b\r\n", "From: a\r\n")]
    [InlineData("From: a\r\nSubject: b", "From: a\r\n")]
    [InlineData("From: a", "From: a\r\n")]
    [InlineData("From: a\nSubject: b\rTo: c\r\n\r\nbody", "From: a\r\nSubject: b\r\nTo: c\r\n")]
    [InlineData("From: a\r\n\tb\r\n c\r\n\r\n", "From: a\r\n\tb\r\n c\r\n")]
    public void Otherwise_the_header_comes_back_as_far_as_it_is_one(string wire, string expected)
    {
        var part = Part(wire, full: false);
        Assert.Equal("text/rfc822-headers", part.Type);
        Assert.Equal(expected, part.Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\nbody only\r\n")]
    [InlineData("no field\r\n")]
    [InlineData(" continues nothing\r\n")]
    public void Without_a_header_there_is_no_third_part(string wire) => Assert.Equal(2, Report(wire, full: false).Count);

    [Theory]
    [InlineData("Subject: a\0b\r\n\r\n")]
    [InlineData("Subject: a\r\n\r\nbare\nline\r\n")]
    public void A_message_that_could_not_travel_as_it_is_comes_back_as_its_header(string wire)
    {
        var part = Part(wire, full: true);
        Assert.Equal("text/rfc822-headers", part.Type);
        Assert.StartsWith("Subject: a", part.Content, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_with_a_line_too_long_or_too_large_or_not_at_hand_comes_back_as_its_header()
    {
        Assert.Equal("message/rfc822", Part($"A: b\r\n\r\n{new string('x', 998)}\r\n", full: true).Type);
        Assert.Equal("text/rfc822-headers", Part($"A: b\r\n\r\n{new string('x', 999)}\r\n", full: true).Type);

        var lines = new StringBuilder("A: b\r\n\r\n");
        while (lines.Length <= OriginalMessage.MaxWhole)
        {
            lines.Append(new string('x', 900)).Append("\r\n");
        }

        Assert.Equal("A: b\r\n", Part(lines.ToString(), full: true).Content);
        Assert.Equal("A: b\r\n", Part("A: b\r\n\r\nbody", full: true, isWhole: false).Content);
    }

    [Fact]
    public void A_huge_header_is_cut_at_a_whole_line()
    {
        var wire = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            wire.Append("X-Field: value\r\n");
        }

        var content = Part(wire.ToString(), full: true, isWhole: false).Content;
        Assert.InRange(content.Length, OriginalMessage.MaxHeader - 16, OriginalMessage.MaxHeader);
        Assert.EndsWith("X-Field: value\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_with_odd_octets_or_an_endless_line_travels_in_quoted_printable()
    {
        var part = Part("Subject: gr\u00fc\u00df\r\n\r\n", full: false);
        Assert.Equal(("Subject: gr\u00fc\u00df\r\n", ContentEncoding.QuotedPrintable), (part.Content, part.Encoding));
        part = Part($"Subject: {new string('x', 5000)}\r\n\r\n", full: false);
        Assert.Equal(($"Subject: {new string('x', 5000)}\r\n", ContentEncoding.QuotedPrintable), (part.Content, part.Encoding));
    }

    [Fact]
    public void Eight_bits_go_back_as_they_are_only_where_hubs_take_them()
    {
        const string Wire = "Subject: a\r\n\r\ngr\u00fc\u00df\r\n";
        var request = Request(Wire, full: true, isWhole: true);
        var notification = NotificationComposer.Compose(request);
        Assert.True(notification.NeedsEightBitMime);
        Assert.Contains("Content-Transfer-Encoding: 8bit", NotificationComposerTests.Wire(request).Split("\r\n\r\n")[0], StringComparison.Ordinal);
        Assert.Equal((Wire, ContentEncoding.EightBit), (Part(Wire, full: true).Content, Part(Wire, full: true).Encoding));

        notification = NotificationComposer.Compose(request with { EightBitAllowed = false });
        Assert.False(notification.NeedsEightBitMime);
    }

    [Fact]
    public void A_boundary_that_the_original_foresaw_is_not_used()
    {
        var wire = "A: b\r\n\r\n--=_0_0K7Q-1\r\n--=_1_0K7Q-1--\r\n";
        Assert.Equal(wire, Part(wire, full: true).Content);
    }

    [Fact]
    public void A_message_of_messages_a_thousand_deep_is_never_parsed()
    {
        var wire = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            wire.Append("Content-Type: message/rfc822\r\n\r\n");
        }

        Assert.Contains(wire.ToString(), NotificationComposerTests.Wire(Request(wire.ToString(), full: true, isWhole: true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n\r\n", "<a@b>")]
    [InlineData("message-id :\r\n <a@b>\r\n\r\n", "<a@b>")]
    [InlineData("Message-ID: <a b>\r\n\r\n", null)]
    [InlineData("Message-ID: <a@b> <c@d>\r\n\r\n", null)]
    [InlineData("Message-ID: none\r\n\r\n", null)]
    [InlineData("X: y\r\n\r\nMessage-ID: <a@b>\r\n", null)]
    public void The_original_is_referred_to_only_by_a_sound_message_id(string wire, string? expected) =>
        Assert.Equal(expected, NotificationComposerTests.Read(Request(wire, full: false, isWhole: true)).Message.Headers[HeaderId.InReplyTo]);

    [Fact]
    public void No_garbage_breaks_the_report() => Gen.Select(Garbage, Gen.Bool, Gen.Bool, Gen.Bool).Sample((wire, full, isWhole, eightBit) =>
    {
        var request = Request(wire, full, isWhole) with { EightBitAllowed = eightBit };
        var octets = NotificationComposer.Compose(request);
        var text = Encoding.Latin1.GetString(octets.Content.Span);
        Assert.DoesNotContain(text.Split("\r\n"), line => line.Length > 998 || line.AsSpan().ContainsAny('\r', '\n', '\0'));
        Assert.Equal(octets.NeedsEightBitMime, !Ascii.IsValid(text));
        Assert.True(eightBit || !octets.NeedsEightBitMime);

        var (message, status) = NotificationComposerTests.Read(request);
        Assert.Equal(2, status.StatusGroups.Count);
        Assert.Equal("5.1.1", status.StatusGroups[1]["Status"]);
        var report = (MultipartReport)message.Body!;
        Assert.InRange(report.Count, 2, 3);
        if (report.Count == 3 && report[2].ContentType.MimeType == "message/rfc822")
        {
            Assert.Equal(DataModel.Unstuff(wire), Part(wire, full, isWhole).Content);
        }
    });

    private static NotificationRequest Request(string wire, bool full, bool isWhole) => NotificationComposerTests.Failure() with
    {
        Envelope = new EnvelopeDsn(full, ""),
        Original = new OriginalMessage(DataModel.Octets(wire), isWhole, SmtpUtf8: false),
    };

    private static MultipartReport Report(string wire, bool full) =>
        (MultipartReport)NotificationComposerTests.Read(Request(wire, full, isWhole: true)).Message.Body!;

    // The third part as plain MIME knows it: its fields, and what stands between the boundaries.
    private static (string Type, string Content, ContentEncoding Encoding) Part(string wire, bool full, bool isWhole = true)
    {
        var request = Request(wire, full, isWhole);
        var text = NotificationComposerTests.Wire(request);
        var report = (MultipartReport)NotificationComposerTests.Read(request).Message.Body!;
        var parts = text.Split($"\r\n--{report.Boundary}");
        Assert.Equal(5, parts.Length);
        var header = parts[3][..parts[3].IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        var content = parts[3][(header.Length + 4)..];
        var encoding = header.Contains("quoted-printable", StringComparison.Ordinal) ? ContentEncoding.QuotedPrintable
            : header.Contains("8bit", StringComparison.Ordinal) ? ContentEncoding.EightBit : ContentEncoding.SevenBit;
        if (encoding == ContentEncoding.QuotedPrintable)
        {
            using var decoded = new MemoryStream();
            new MimeContent(new MemoryStream(DataModel.Octets(content)), encoding).DecodeTo(decoded);
            content = Encoding.Latin1.GetString(decoded.ToArray());
        }

        return (report[2].ContentType.MimeType, content, encoding);
    }
}
