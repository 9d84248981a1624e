using System.Text;
using CsCheck;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class DataDecoderTests
{
    private static readonly string[] Tokens = ["\r", "\n", "\r\n", "\0", ".", "x"];
    private static readonly BareLineEndings[] Modes = [BareLineEndings.Reject, BareLineEndings.Normalize];

    private static readonly Gen<string> Text =
        Gen.OneOf("\r", "\n", "\r\n", "\r\n", ".", "\r\n.", "x", "\0", "\u00ff", "a line of some length that is copied at once")
            .Array[0, 60].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData(".\r\n", "")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("a\r\n..\r\n.\r\n", "a\r\n..\r\n")]
    [InlineData("..a\r\n.\r\n", "..a\r\n")]
    [InlineData("a.\r\n.\r\n", "a.\r\n")]
    [InlineData("a\u00ffb\r\n.\r\n", "a\u00ffb\r\n")]
    [InlineData(".a\r\n.\r\n", ".a\r\n")]
    public void What_keeps_to_the_rules_passes_octet_by_octet(string input, string wire)
    {
        var expected = new DataModel(DataStatus.End, input.Length, wire, DataModel.Unstuff(wire).Length);
        Assert.Equal(expected, new DataFeed(4096, 4096).Decode(input, BareLineEndings.Reject));
    }

    [Theory]
    [InlineData("a\n.\nb\r\n.\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r.\rb\r\n.\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r\n.\nb\r\n.\r\n", "a\r\n\r\nb\r\n")]
    [InlineData("a\n.\r\nb\r\n.\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r\n.\rb\r\n.\r\n", "a\r\n\r\nb\r\n")]
    [InlineData("a\r\r\n.\r\n", "a\r\n\r\n")]
    [InlineData("a\n\r\n.\r\n", "a\r\n\r\n")]
    [InlineData("a\n..b\r\n.\r\n", "a\r\n...b\r\n")]
    [InlineData("a\r\n..\n.\nb\r\n.\r\n", "a\r\n..\r\n..\r\nb\r\n")]
    public void Normalised_a_bare_line_ending_makes_a_line_but_never_an_end(string input, string wire)
    {
        var expected = new DataModel(DataStatus.End, input.Length, wire, DataModel.Unstuff(wire).Length);
        Assert.Equal(expected, new DataFeed(4096, 4096).Decode(input, BareLineEndings.Normalize));
        Assert.Equal(DataStatus.BareLineEnding, new DataFeed(4096, 4096).Decode(input, BareLineEndings.Reject).Status);
    }

    [Theory]
    [InlineData("a\0b\r\n.\r\n", "ab\r\n")]
    [InlineData("a\r\n\0.\r\nb\r\n.\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r\n.\0\r\nb\r\n.\r\n", "a\r\n\r\nb\r\n")]
    [InlineData("a\r\n..\0\r\nb\r\n.\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("\0\0.\r\n.\r\n", "..\r\n")]
    public void NUL_is_told_or_dropped_and_makes_no_end(string input, string wire)
    {
        var expected = new DataModel(DataStatus.End, input.Length, wire, DataModel.Unstuff(wire).Length);
        Assert.Equal(expected, new DataFeed(4096, 4096).Decode(input, BareLineEndings.Normalize));

        var decoder = new DataDecoder(BareLineEndings.Reject);
        Assert.Equal(DataStatus.End, decoder.Decode(DataModel.Octets(input), new byte[100], out _, out _));
        Assert.True(decoder.HasNul);
        var encoder = new BdatEncoder(BareLineEndings.Reject);
        encoder.Encode(DataModel.Octets(input), new byte[100], out _, out _);
        Assert.True(encoder.HasNul);
    }

    [Fact]
    public void No_mix_of_CR_LF_NUL_and_dots_ends_the_data_but_CRLF_dot_CRLF()
    {
        var whole = new DataFeed(4096, 4096);
        var octets = new DataFeed(DataDecoder.MinimumOutput, 1);
        foreach (var mix in Mixes(6))
        {
            foreach (var input in new[] { mix, $"a\r\n{mix}b\r\n.\r\nQUIT\r\n" })
            {
                foreach (var mode in Modes)
                {
                    var expected = DataModel.OfData(input, mode);
                    Agree(expected, whole.Decode(input, mode), input, mode);
                    Agree(expected, octets.Decode(input, mode), input, mode);
                }
            }
        }
    }

    [Fact]
    public void Every_cut_in_two_gives_the_same()
    {
        var samples = new[]
        {
            "Subject: x\r\n\r\nbody\r\n..dot\r\n...\r\n.\r\nQUIT\r\n",
            "a\r\n.\rb\r.\n.\r\n..\n\r\n.x\r\n\r\n.\r\n.\r\n",
            ".\r\n.\r\n",
            "\r\n\r\n..\r\n.\r\n",
        };
        foreach (var input in samples)
        {
            foreach (var mode in Modes)
            {
                var expected = DataModel.OfData(input, mode);
                for (var cut = 1; cut < input.Length; cut++)
                {
                    Agree(expected, new DataFeed(4096, cut, 4096).Decode(input, mode), input, mode);
                    Agree(expected, new DataFeed(DataDecoder.MinimumOutput + (cut % 5), cut, 4096).Decode(input, mode), input, mode);
                }
            }
        }
    }

    [Fact]
    public void Any_input_in_any_pieces_into_any_output_agrees_with_the_model() =>
        Gen.Select(Text, Gen.Int[1, 40].Array[1, 8], Gen.Int[DataDecoder.MinimumOutput, 100], Gen.OneOf(Modes))
            .Sample((text, pieces, room, mode) =>
            {
                var input = text + "\r\n.\r\n";
                Agree(DataModel.OfData(input, mode), new DataFeed(room, pieces).Decode(input, mode), input, mode);
            });

    [Fact]
    public void The_output_never_holds_a_bare_CR_or_LF_nor_an_end_of_data() =>
        Text.Sample(text =>
        {
            var wire = new DataFeed(64, 7).Decode(text + "\r\n.\r\n", BareLineEndings.Normalize).Wire;
            Assert.False(DataModel.HasBareLineEnding(wire, isWhole: true));
            Assert.DoesNotContain("\r\n.\r\n", "\r\n" + wire, StringComparison.Ordinal);
            Assert.True(wire.Length == 0 || wire.EndsWith("\r\n", StringComparison.Ordinal));
        });

    [Fact]
    public void Every_prefix_needs_more_and_has_written_a_prefix()
    {
        const string Input = "Subject: x\r\n\r\n..dot\r\nlast\r\n.\r\n";
        var wire = DataModel.OfData(Input, BareLineEndings.Reject).Wire;
        var output = new byte[256];
        for (var length = 0; length < Input.Length; length++)
        {
            var decoder = new DataDecoder(BareLineEndings.Reject);
            Assert.Equal(DataStatus.NeedMore, decoder.Decode(DataModel.Octets(Input[..length]), output, out var consumed, out var written));
            Assert.Equal(length, consumed);
            Assert.StartsWith(Encoding.Latin1.GetString(output, 0, written), wire, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Too_little_room_consumes_nothing_and_what_follows_the_end_is_left()
    {
        var decoder = new DataDecoder(BareLineEndings.Reject);
        Assert.Equal(DataStatus.OutputFull, decoder.Decode("a\r\n"u8, new byte[DataDecoder.MinimumOutput - 1], out var consumed, out var written));
        Assert.Equal((0, 0), (consumed, written));
        Assert.Equal(DataStatus.End, decoder.Decode("a\r\n.\r\nQUIT\r\n"u8, new byte[64], out consumed, out written));
        Assert.Equal((6, 3), (consumed, written));
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var input = DataModel.Octets(string.Concat(Enumerable.Repeat("seventy octets or so of ordinary text, as one finds in most of all mail\r\n..\r\n", 50)));
        var output = new byte[input.Length + 16];
        var decoder = new DataDecoder(BareLineEndings.Normalize);
        _ = decoder.Decode(input, output, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = decoder.Decode(input, output, out _, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // Only what follows from a whole message is compared; of one that is not yet whole, that it is so.
    private static void Agree(DataModel expected, DataModel actual, string input, BareLineEndings mode)
    {
        var same = expected.Status == DataStatus.NeedMore
            ? actual.Status == expected.Status && actual.Consumed == expected.Consumed
            : actual == expected;
        if (!same)
        {
            Assert.Fail($"{mode} {Show(input)}: expected {Show(expected.ToString())}, was {Show(actual.ToString())}");
        }
    }

    private static string Show(string text) =>
        text.Replace("\r", "<CR>", StringComparison.Ordinal).Replace("\n", "<LF>", StringComparison.Ordinal).Replace("\0", "<NUL>", StringComparison.Ordinal);

    private static IEnumerable<string> Mixes(int length)
    {
        var mixes = new List<string> { "" };
        for (var start = 0; length > 0; length--)
        {
            var end = mixes.Count;
            for (; start < end; start++)
            {
                foreach (var token in Tokens)
                {
                    mixes.Add(mixes[start] + token);
                }
            }
        }

        return mixes;
    }
}
