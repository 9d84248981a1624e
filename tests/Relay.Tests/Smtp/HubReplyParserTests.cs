using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class HubReplyParserTests
{
    [Theory]
    [InlineData("250 2.1.0 Ok\r\n", "250 2.1.0 Ok")]
    [InlineData("250 Ok\r\n", "250 Ok")]
    [InlineData("250\r\n", "250 ")]
    [InlineData("250 \r\n", "250 ")]
    [InlineData("250 Ok\n", "250 Ok")]
    [InlineData("250\n", "250 ")]
    [InlineData("354 End data with <CR><LF>.<CR><LF>\r\n", "354 End data with <CR><LF>.<CR><LF>")]
    [InlineData("250-a\r\n250-SIZE 1\r\n250 b\r\n", "250 a / SIZE 1 / b")]
    [InlineData("250-a\n250 b\r\n", "250 a / b")]
    [InlineData("250-\r\n250\r\n", "250  / ")]
    [InlineData("550-5.7.1 one\r\n550 5.7.1 two\r\n", "550 5.7.1 one / two")]
    [InlineData("550-one\r\n550 5.7.1 two\r\n", "550 5.7.1 one / two")]
    [InlineData("550 5.7.1\r\n", "550 5.7.1 ")]
    [InlineData("450 4.7.606 slow\r\n", "450 4.7.606 slow")]
    [InlineData("550 4.7.1 other class\r\n", "550 4.7.1 other class")]
    [InlineData("354 3.0.0 go\r\n", "354 3.0.0 go")]
    [InlineData("550 5.7 short\r\n", "550 5.7 short")]
    [InlineData("550 5.7.1.2 long\r\n", "550 5.7.1.2 long")]
    [InlineData("550 5.7.1234 long\r\n", "550 5.7.1234 long")]
    [InlineData("550 5..1 empty\r\n", "550 5..1 empty")]
    [InlineData("550 5.x.1 letter\r\n", "550 5.x.1 letter")]
    public void Replies_are_read_whole_and_every_prefix_waits(string wire, string expected)
    {
        var input = Encoding.UTF8.GetBytes(wire);
        for (var length = 0; length < input.Length; length++)
        {
            Assert.Equal(ReplyStatus.Incomplete, HubReplyParser.TryParse(input.AsSpan(0, length), out var none, out var taken));
            Assert.Null(none);
            Assert.Equal(0, taken);
        }

        foreach (var behind in new[] { "", "250 next\r\n", "\0" })
        {
            byte[] stream = [.. input, .. Encoding.UTF8.GetBytes(behind)];
            Assert.Equal(ReplyStatus.Reply, HubReplyParser.TryParse(stream, out var reply, out var consumed));
            Assert.Equal(input.Length, consumed);
            Assert.Equal(expected, reply!.ToString());
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("25\r\n")]
    [InlineData("150 no\r\n")]
    [InlineData("600 no\r\n")]
    [InlineData("2x0 no\r\n")]
    [InlineData("25x no\r\n")]
    [InlineData("250_no\r\n")]
    [InlineData("2500\r\n")]
    [InlineData("250\rno\r\n")]
    [InlineData("250-a\r\n251 b\r\n")]
    [InlineData("250-a\r\nb\r\n")]
    [InlineData("250-a\r\n\r\n")]
    [InlineData("\0")]
    [InlineData("6")]
    [InlineData("2a")]
    [InlineData("250\rx")]
    [InlineData("250-a\r\nX")]
    public void What_is_no_reply_is_known_as_soon_as_it_shows(string wire)
    {
        Assert.Equal(ReplyStatus.Malformed, HubReplyParser.TryParse(Encoding.UTF8.GetBytes(wire), out var reply, out var consumed));
        Assert.Null(reply);
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Lines_and_their_number_are_bounded()
    {
        Assert.Equal(ReplyStatus.Reply, Status($"250 {new string('x', HubReplyParser.MaxLine - 5)}\r\n"));
        Assert.Equal(ReplyStatus.Malformed, Status($"250 {new string('x', HubReplyParser.MaxLine)}\r\n"));
        Assert.Equal(ReplyStatus.Malformed, Status($"250 {new string('x', HubReplyParser.MaxLine)}"));

        var most = string.Concat(Enumerable.Repeat("250-x\r\n", HubReplyParser.MaxLines - 1));
        Assert.Equal(ReplyStatus.Reply, Status(most + "250 x\r\n"));
        Assert.Equal(ReplyStatus.Malformed, Status(most + "250-x\r\n250 x\r\n"));
    }

    [Fact]
    public void The_text_holds_no_control_character_and_fits_a_reply_line()
    {
        byte[] wire = [.. "550 5.7.1 a\0b\rc\u007fd\u0085e\tf"u8, 0xFF, 0xC3, .. "ä€"u8, .. "\r\n"u8];
        _ = HubReplyParser.TryParse(wire, out var reply, out _);
        Assert.Equal("a?b?c?d?e f??ä€", reply!.Lines[0]);

        foreach (byte filler in new byte[] { (byte)'x', 0x01, 0xFF })
        {
            _ = HubReplyParser.TryParse([.. "550-5.7.606 "u8, .. Enumerable.Repeat(filler, 3000), .. "\r\n550 x\r\n"u8], out reply, out _);
            // RFC 5321 §4.5.3.1.5: 512 octets with code and CRLF.
            Assert.InRange(reply!.Wire.Span.IndexOf("\r\n"u8) + 2, 400, 512);
        }
    }

    [Fact]
    public void A_reply_passes_through_as_it_came()
    {
        foreach (var wire in new[] { "250 2.1.0 Ok\r\n", "550-5.7.1 one\r\n550-5.7.1 zwei ä\r\n550 5.7.1 three\r\n", "354 go\r\n", "250 \r\n" })
        {
            _ = HubReplyParser.TryParse(Encoding.UTF8.GetBytes(wire), out var reply, out _);
            Assert.Equal(wire, Encoding.UTF8.GetString(reply!.Wire.Span));
        }
    }

    [Fact]
    public void What_hubs_say_all_day_long_costs_nothing()
    {
        var wire = "250 2.1.5 Recipient OK"u8.ToArray().Concat("\r\n"u8.ToArray()).ToArray();
        _ = HubReplyParser.TryParse(wire, out var first, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = HubReplyParser.TryParse(wire, out var second, out _);
        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        // Another test's reply may have taken the slot; then it is made anew.
        Assert.True(used == 0 || !ReferenceEquals(first, second));
    }

    private static ReplyStatus Status(string wire) => HubReplyParser.TryParse(Encoding.ASCII.GetBytes(wire), out _, out _);
}
