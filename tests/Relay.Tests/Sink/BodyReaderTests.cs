using System.Text;
using CsCheck;
using RelayOperator.Relay.Sink;
using Xunit;

namespace RelayOperator.Relay.Tests.Sink;

public sealed class BodyReaderTests
{
    private static readonly string[] Pieces = ["\r\n", ".", "a", "..", "text"];

    [Theory]
    [InlineData(".\r\n", "", false)]
    [InlineData("\r\n.\r\n", "\r\n", false)]
    [InlineData("a\r\n.\r\n", "a\r\n", false)]
    [InlineData("..\r\n.\r\n", ".\r\n", false)]
    [InlineData("...a\r\nb..\r\n.\r\n", "..a\r\nb..\r\n", false)]
    [InlineData(".a\r\n.\r\n", "a\r\n", false)]
    [InlineData("a\n.\n\r\n.\r\n", "a\n.\n\r\n", true)]
    [InlineData("a\r.\r\r\n.\r\n", "a\r.\r\r\n", true)]
    [InlineData("a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", true)]
    [InlineData("a\r\n.\n\r\n.\r\n", "a\r\n\n\r\n", true)]
    [InlineData("a\n.\r\n\r\n.\r\n", "a\n.\r\n\r\n", true)]
    public void Dots_come_off_and_the_end_is_found_in_every_split(string wire, string content, bool bare)
    {
        for (var first = 0; first <= wire.Length; first++)
        {
            for (var second = first; second <= wire.Length; second++)
            {
                var body = new BodyReader();
                var read = Read(body, wire[..first], out _) + Read(body, wire[first..second], out _) + Read(body, wire[second..] + "QUIT", out var rest);
                Assert.Equal((content, bare, content.Length), (read, body.SawBareLineEnding, (int)body.ContentBytes));
                Assert.Equal("QUIT", rest);
            }
        }
    }

    [Fact]
    public void Nothing_but_CRLF_dot_CRLF_ends_a_message()
    {
        char[] symbols = ['\r', '\n', '.', 'a'];
        for (var number = 0; number < 4096; number++)
        {
            var wire = string.Concat(Enumerable.Range(0, 6).Select(place => symbols[(number >> (2 * place)) & 3]));
            var body = new BodyReader();
            var ended = body.Read(Encoding.ASCII.GetBytes(wire), new byte[16], out var consumed, out _);
            var end = ("\r\n" + wire).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
            Assert.Equal((end >= 0, end >= 0 ? end + 3 : wire.Length), (ended, consumed));
        }
    }

    [Fact]
    public void What_a_client_stuffs_comes_out_as_it_was() =>
        Gen.Int[0, Pieces.Length - 1].Select(index => Pieces[index]).List[0, 20].Sample(pieces =>
        {
            var content = string.Concat(pieces) + "\r\n";
            var wire = ("\r\n" + content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[2..] + ".\r\n";
            var body = new BodyReader();
            Assert.Equal(content, Read(body, wire, out var rest));
            Assert.Equal("", rest);
            Assert.False(body.SawBareLineEnding);
        });

    private static string Read(BodyReader body, string wire, out string rest)
    {
        var content = new byte[wire.Length + 1];
        body.Read(Encoding.ASCII.GetBytes(wire), content, out var consumed, out var written);
        rest = wire[consumed..];
        return Encoding.ASCII.GetString(content, 0, written);
    }
}
