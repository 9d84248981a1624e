using CsCheck;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class BdatEncoderTests
{
    private static readonly BareLineEndings[] Modes = [BareLineEndings.Reject, BareLineEndings.Normalize];

    private static readonly Gen<string> Text =
        Gen.OneOf("\r", "\n", "\r\n", "\r\n", ".", ".\r\n", "x", "\0", "\u00ff", "a line of some length that is copied at once")
            .Array[0, 40].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData("", "", false)]
    [InlineData("a", "a\r\n", true)]
    [InlineData("a\r\n", "a\r\n", false)]
    [InlineData(".", "..\r\n", true)]
    [InlineData(".\r\n.\r\n", "..\r\n..\r\n", false)]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n", false)]
    [InlineData("\r\n", "\r\n", false)]
    [InlineData("a\r\n\r\n.b.", "a\r\n\r\n..b.\r\n", true)]
    public void Dots_are_stuffed_and_an_open_line_is_ended(string content, string wire, bool added)
    {
        var output = new byte[256];
        var encoder = new BdatEncoder(BareLineEndings.Reject);
        Assert.Equal(DataStatus.NeedMore, encoder.Encode(DataModel.Octets(content), output, out var consumed, out var written));
        Assert.Equal(content.Length, consumed);
        Assert.Equal(DataStatus.NeedMore, encoder.Complete(output.AsSpan(written), out var more));
        Assert.Equal(DataModel.Octets(wire), output[..(written + more)]);
        Assert.Equal(added, encoder.AddedFinalCrLf);
        Assert.Equal(DataModel.Unstuff(wire).Length, encoder.ContentBytes);
    }

    [Theory]
    [InlineData("a\nb\r\n", "a\r\nb\r\n")]
    [InlineData("a\rb\r\n", "a\r\nb\r\n")]
    [InlineData("a\r\r\n", "a\r\n\r\n")]
    [InlineData("a\n.\nb", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r.\rb", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r", "a\r\n")]
    [InlineData("\n", "\r\n")]
    public void The_rule_about_bare_line_endings_is_that_of_DATA(string content, string wire)
    {
        for (var chunk = 1; chunk <= content.Length; chunk++)
        {
            Assert.Equal(DataStatus.BareLineEnding, new DataFeed(64, chunk).Encode(content, BareLineEndings.Reject).Status);
            Assert.Equal(wire, new DataFeed(64, chunk).Encode(content, BareLineEndings.Normalize).Wire);
        }
    }

    [Fact]
    public void A_last_CR_that_becomes_CRLF_is_not_an_added_one()
    {
        var encoder = new BdatEncoder(BareLineEndings.Normalize);
        var output = new byte[64];
        _ = encoder.Encode("a\r"u8, output, out _, out _);
        Assert.Equal(DataStatus.NeedMore, encoder.Complete(output, out var written));
        Assert.Equal(2, written);
        Assert.False(encoder.AddedFinalCrLf);
    }

    [Fact]
    public void A_CR_and_its_LF_may_come_in_two_chunks()
    {
        Assert.Equal("a\r\n..b\r\n", new DataFeed(64, 2, 64).Encode("a\r\n.b", BareLineEndings.Reject).Wire);
    }

    [Fact]
    public void Any_content_in_any_chunks_into_any_output_agrees_with_the_model() =>
        Gen.Select(Text, Gen.Int[1, 40].Array[1, 8], Gen.Int[DataDecoder.MinimumOutput, 100], Gen.OneOf(Modes))
            .Sample((content, chunks, room, mode) =>
                Assert.Equal(DataModel.OfChunks(content, mode), new DataFeed(room, chunks).Encode(content, mode)));

    [Fact]
    public void What_is_encoded_decodes_to_itself() =>
        Text.Sample(content =>
        {
            var encoded = new DataFeed(64, 5).Encode(content, BareLineEndings.Normalize);
            foreach (var mode in Modes)
            {
                var decoded = new DataFeed(64, 11).Decode(encoded.Wire + ".\r\n", mode);
                Assert.Equal(encoded with { Status = DataStatus.End, Consumed = encoded.Wire.Length + 3 }, decoded);
            }
        });

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var input = DataModel.Octets(string.Concat(Enumerable.Repeat("seventy octets or so of ordinary text, as one finds in most of all mail\r\n.\r\n", 50)));
        var output = new byte[input.Length * 2];
        var encoder = new BdatEncoder(BareLineEndings.Reject);
        _ = encoder.Encode(input, output, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = encoder.Encode(input, output, out _, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Completing_needs_room()
    {
        var output = new byte[64];
        var encoder = new BdatEncoder(BareLineEndings.Reject);
        _ = encoder.Encode("a"u8, output, out _, out _);
        Assert.Equal(DataStatus.OutputFull, encoder.Complete(output.AsSpan(0, 7), out var written));
        Assert.Equal(0, written);
        Assert.False(encoder.AddedFinalCrLf);
        Assert.Equal(DataStatus.NeedMore, encoder.Complete(output, out written));
        Assert.Equal(2, written);
    }
}
