using CsCheck;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class HeaderScannerTests
{
    private const string Uid = "0f1e2d3c-1";
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private const string Header =
        "Received: from a ([192.0.2.1])\r\n\tby r.test (RelayOperator pool 0f1e2d3c-1)\r\n\twith ESMTP id 1;\r\n\tTue, 24 Nov 2026 10:00:00 +0000\r\n"
        + "RECEIVED : from b by c (RelayOperator pool 0f1e2d3c-12) with ESMTP id 2\r\n"
        + "received: from d by e (RelayOperator pool\r\n 0f1e2d3c-1) with ESMTP id 3; pool 0f1e2d3c-1\r\n"
        + "X-Received: from f (pool 0f1e2d3c-1)\r\n"
        + "Subject: pool 0f1e2d3c-1\r\n Received: folded\r\n"
        + "TraceParent:  00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 \r\n"
        + "traceparent: another\r\n\r\n"
        + "Received: from the body (pool 0f1e2d3c-1)\r\n";

    [Fact]
    public void Hops_own_hops_and_trace_context_are_seen_in_any_pieces()
    {
        var text = DataModel.Octets(Header);
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var scanner = new HeaderScanner(Uid);
            scanner.Feed(text.AsSpan(0, cut));
            scanner.Feed(text.AsSpan(cut));
            Check(scanner);
        }

        Gen.Int[1, 60].Array[1, 20].Sample(pieces =>
        {
            var scanner = new HeaderScanner(Uid);
            var rest = text.AsSpan();
            for (var i = 0; !rest.IsEmpty; i++)
            {
                var piece = Math.Min(rest.Length, pieces[i % pieces.Length]);
                scanner.Feed(rest[..piece]);
                rest = rest[piece..];
            }

            Check(scanner);
        });
    }

    [Fact]
    public void The_field_that_the_relay_writes_is_its_own()
    {
        Span<byte> field = stackalloc byte[ReceivedField.MaxLength];
        var length = ReceivedField.Format(field, ReceivedFieldTests.Facts with { PoolUid = Uid, HeloArgument = new string('x', 300), ByName = new string('y', 255) });
        var scanner = new HeaderScanner(Uid);
        scanner.Feed(field[..length]);
        Assert.Equal((1, 1), (scanner.Hops, scanner.OwnHops));

        var other = new HeaderScanner("another");
        other.Feed(field[..length]);
        Assert.Equal((1, 0), (other.Hops, other.OwnHops));
    }

    [Theory]
    [InlineData("\r\nReceived: x\r\n", 0)]
    [InlineData("Subject: a\r\nno field\r\nReceived: x\r\n", 0)]
    [InlineData("Received: x\r\nReceived: y\r\n\r\n", 2)]
    [InlineData(" Received: continues nothing\r\nReceived: x\r\n\r\n", 1)]
    [InlineData("Receive: x\r\nReceivedd: y\r\n\r\n", 0)]
    public void The_header_ends_where_its_fields_do(string text, int hops)
    {
        var scanner = new HeaderScanner(Uid);
        scanner.Feed(DataModel.Octets(text));
        Assert.Equal(hops, scanner.Hops);
        Assert.True(scanner.Done);
    }

    [Fact]
    public void A_header_without_a_body_is_counted_to_its_last_line()
    {
        var scanner = new HeaderScanner(Uid);
        scanner.Feed("Received: x\r\nReceived: y (pool 0f1e2d3c-1)\r\n"u8);
        Assert.Equal((2, 1, false), (scanner.Hops, scanner.OwnHops, scanner.Done));
    }

    [Fact]
    public void A_very_long_line_is_looked_at_as_far_as_is_kept_whether_whole_or_in_pieces()
    {
        var text = DataModel.Octets($"Received: {new string('x', 2000)} (pool {Uid})\r\nX: {new string('y', 5000)}\r\nReceived: z\r\n\r\n");
        var whole = new HeaderScanner(Uid);
        whole.Feed(text);
        var pieces = new HeaderScanner(Uid);
        foreach (var octet in text)
        {
            pieces.Feed([octet]);
        }

        Assert.Equal((2, 0, true), (whole.Hops, whole.OwnHops, whole.Done));
        Assert.Equal((2, 0, true), (pieces.Hops, pieces.OwnHops, pieces.Done));
    }

    [Fact]
    public void A_trace_context_is_bounded()
    {
        var scanner = new HeaderScanner(Uid);
        scanner.Feed(DataModel.Octets($"traceparent: {new string('0', 129)}\r\n\r\n"));
        Assert.Null(scanner.TraceParent);
    }

    [Theory]
    [InlineData("Message-ID: <a@b.test>\r\nMessage-ID: <c@d.test>\r\n\r\n", "<a@b.test>")]
    [InlineData("message-id :\r\n\t<a@b.test> \r\n further\r\n\r\n", "<a@b.test>")]
    [InlineData("Message-ID:\r\nSubject: <a@b.test>\r\n\r\n", null)]
    [InlineData("X-Message-ID: <a@b.test>\r\n\r\nMessage-ID: <c@d.test>\r\n", null)]
    public void The_message_id_is_seen_in_any_pieces(string text, string? expected)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var scanner = new HeaderScanner(Uid);
            scanner.Feed(DataModel.Octets(text[..cut]));
            scanner.Feed(DataModel.Octets(text[cut..]));
            Assert.Equal(expected, scanner.MessageId);
        }
    }

    [Fact]
    public void A_message_id_is_bounded()
    {
        var scanner = new HeaderScanner(Uid);
        scanner.Feed(DataModel.Octets($"Message-ID: <{new string('0', 249)}>\r\n\r\n"));
        Assert.Null(scanner.MessageId);
    }

    private static void Check(HeaderScanner scanner)
    {
        Assert.True(scanner.Done);
        Assert.Equal(3, scanner.Hops);
        Assert.Equal(2, scanner.OwnHops);
        Assert.Equal(Parent, scanner.TraceParent);
    }
}
