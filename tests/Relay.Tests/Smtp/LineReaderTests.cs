using System.Buffers;
using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class LineReaderTests
{
    [Fact]
    public void Every_prefix_of_a_line_is_incomplete_and_consumes_nothing()
    {
        var text = "MAIL FROM:<a@b.test>\r\n"u8.ToArray();
        for (var length = 0; length < text.Length; length++)
        {
            foreach (var buffer in Shapes(text[..length]))
            {
                var rest = buffer;
                Assert.Equal(LineResult.Incomplete, LineReader.TryRead(ref rest, 512, out _));
                Assert.Equal(length, rest.Length);
            }
        }
    }

    [Fact]
    public void Lines_come_out_the_same_however_they_are_cut_into_segments()
    {
        foreach (var buffer in Shapes("NOOP\r\n\r\nQUIT\r\nx"u8.ToArray()))
        {
            var rest = buffer;
            Assert.Equal("NOOP", Line(ref rest));
            Assert.Equal("", Line(ref rest));
            Assert.Equal("QUIT", Line(ref rest));
            Assert.Equal(LineResult.Incomplete, LineReader.TryRead(ref rest, 512, out _));
            Assert.Equal("x", Encoding.ASCII.GetString(rest.ToArray()));
        }
    }

    [Theory]
    [InlineData("NOOP\nQUIT\r\n", "QUIT\r\n")]
    [InlineData("NOOP\rQUIT\r\n", "QUIT\r\n")]
    [InlineData("NOOP\r\r\n", "\r\n")]
    [InlineData("\n", "")]
    public void Only_CRLF_ends_a_line(string text, string left)
    {
        foreach (var buffer in Shapes(Encoding.ASCII.GetBytes(text)))
        {
            var rest = buffer;
            Assert.Equal(LineResult.BareLineEnding, LineReader.TryRead(ref rest, 512, out _));
            Assert.Equal(left, Encoding.ASCII.GetString(rest.ToArray()));
        }
    }

    [Theory]
    [InlineData("123456\r\n", LineResult.Line)]
    [InlineData("1234567\r\n", LineResult.TooLong)]
    [InlineData("12345678", LineResult.TooLong)]
    [InlineData("1234567", LineResult.Incomplete)]
    [InlineData("1234567\n", LineResult.TooLong)]
    public void The_limit_counts_the_CRLF(string text, LineResult expected)
    {
        foreach (var buffer in Shapes(Encoding.ASCII.GetBytes(text)))
        {
            var rest = buffer;
            Assert.Equal(expected, LineReader.TryRead(ref rest, 8, out _));
            Assert.True(expected == LineResult.Line || rest.Length == text.Length);
        }
    }

    [Fact]
    public void A_line_that_is_too_long_is_skipped_up_to_its_CRLF_wherever_that_is_cut()
    {
        var text = "long\nlong\rlong\r\r\nQUIT\r\n"u8.ToArray();
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var rest = new ReadOnlySequence<byte>(text[..cut]);
            if (!LineReader.TrySkipLine(ref rest))
            {
                Assert.True(rest.Length <= 1);
                rest = new ReadOnlySequence<byte>([.. rest.ToArray(), .. text[cut..]]);
                Assert.True(LineReader.TrySkipLine(ref rest));
            }
            else
            {
                rest = new ReadOnlySequence<byte>([.. rest.ToArray(), .. text[cut..]]);
            }

            Assert.Equal("QUIT\r\n", Encoding.ASCII.GetString(rest.ToArray()));
        }

        foreach (var buffer in Shapes(text))
        {
            var rest = buffer;
            Assert.True(LineReader.TrySkipLine(ref rest));
            Assert.Equal("QUIT\r\n", Encoding.ASCII.GetString(rest.ToArray()));
        }
    }

    [Theory]
    [InlineData("x", 0)]
    [InlineData("\r", 1)]
    public void A_line_is_skipped_where_its_last_octet_so_far_came_in_a_piece_of_its_own(string last, int kept)
    {
        var rest = Segment.Chain("long"u8.ToArray(), Encoding.ASCII.GetBytes(last));
        Assert.False(LineReader.TrySkipLine(ref rest));
        Assert.Equal(kept, rest.Length);
    }

    private static string Line(ref ReadOnlySequence<byte> buffer)
    {
        Assert.Equal(LineResult.Line, LineReader.TryRead(ref buffer, 512, out var line));
        return Encoding.ASCII.GetString(line.ToArray());
    }

    // In one segment, in two for every cut, and octet by octet.
    private static IEnumerable<ReadOnlySequence<byte>> Shapes(byte[] text)
    {
        yield return new ReadOnlySequence<byte>(text);
        for (var cut = 0; cut <= text.Length; cut++)
        {
            yield return Segment.Chain(text[..cut], text[cut..]);
        }

        yield return Segment.Chain([.. text.Select(octet => new[] { octet })]);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Chain(params byte[][] parts)
        {
            var first = new Segment();
            var last = first;
            foreach (var part in parts)
            {
                var next = new Segment { Memory = part, RunningIndex = last.RunningIndex + last.Memory.Length };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
