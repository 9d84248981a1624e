using System.Text;
using CsCheck;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Tests.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Messages, from the client's octets to the wire form and back.</summary>
public sealed class ContentProperties
{
    private static readonly Gen<BareLineEndings> Modes = Gen.OneOf(BareLineEndings.Reject, BareLineEndings.Normalize);

    private static readonly Gen<string> Content =
        Fuzzing.Soup(60, "\r", "\n", "\r\n", "\r\n", "\r\n", ".", "\r\n.", "\n.\n", "x", "\0", "\u00ff", "a line of some length that is copied at once");

    private static readonly Gen<string> Lines = Fuzzing.Soup(40, "\r\n", ".", "..", "x", "\u00ff", "some text");

    private static readonly Gen<string> Header = Fuzzing.Soup(
        40, "Received:", "Message-ID:", "traceparent:", "Subject:", " ", "\t", "\r\n", "\r\n", "\n", "<a@b.test>", "pool ", "pool", "uid-1", ")", ";", ":", "\0", "\u00ff", new string('x', 600));

    [Fact]
    public void DATA_means_what_the_model_says_in_any_pieces_and_with_any_room() => Fuzzing.Run(
        Gen.Select(Content, Fuzzing.Pieces(40), Gen.Int[DataDecoder.MinimumOutput, 100], Modes),
        (text, pieces, room, mode) =>
        {
            var input = $"{text}\r\n.\r\n";
            Assert.Equal(DataModel.OfData(input, mode), new DataFeed(room, pieces).Decode(input, mode));
        });

    [Fact]
    public void BDAT_means_what_the_model_says_in_any_chunks_and_with_any_room() => Fuzzing.Run(
        Gen.Select(Content, Fuzzing.Pieces(40), Gen.Int[DataDecoder.MinimumOutput, 100], Modes),
        (text, chunks, room, mode) => Assert.Equal(DataModel.OfChunks(text, mode), new DataFeed(room, chunks).Encode(text, mode)));

    [Fact]
    public void What_came_by_BDAT_comes_out_again_behind_the_dots() => Fuzzing.Run(
        Gen.Select(Lines, Fuzzing.Pieces(40), Fuzzing.Pieces(40)),
        (text, chunks, pieces) =>
        {
            var content = text + "\r\n";
            var wire = new DataFeed(64, chunks).Encode(content, BareLineEndings.Reject).Wire;
            Assert.Equal(content, Unstuffed(wire, pieces));
            Assert.Equal(wire, new DataFeed(64, pieces).Decode(wire + ".\r\n", BareLineEndings.Reject).Wire);
        });

    [Fact]
    public void Dots_are_taken_off_the_same_way_in_any_pieces() => Fuzzing.Run(
        Gen.Select(Content, Fuzzing.Pieces(20)),
        (wire, pieces) => Assert.Equal(DataModel.Unstuff(wire), Unstuffed(wire, pieces)));

    [Fact]
    public void A_header_tells_the_same_in_any_pieces() => Fuzzing.Run(
        Gen.Select(Header, Fuzzing.Pieces(40)),
        (text, pieces) => Assert.Equal(Seen([DataModel.Octets(text)]), Seen(Fuzzing.Cut(DataModel.Octets(text), pieces))));

    [Fact]
    public void A_header_is_repaired_the_same_way_in_any_pieces_and_only_once() => Fuzzing.Run(
        Gen.Select(Header, Fuzzing.Pieces(40)),
        (text, pieces) =>
        {
            var message = DataModel.Octets(text + "\r\n");
            var repaired = Repaired([message]);
            Assert.Equal(repaired, Repaired(Fuzzing.Cut(message, pieces)));
            Assert.Equal(repaired, Repaired([DataModel.Octets(repaired)]));
        });

    private static string Repaired(IEnumerable<byte[]> pieces)
    {
        var repair = new HeaderRepair(new HeaderRepairConfig(AddDate: true, AddMessageId: true, "Subject"), ReceivedFieldTests.Facts, isHidden: false);
        var output = new byte[64 * 1024];
        var length = 0;
        foreach (var piece in pieces)
        {
            length += repair.Rewrite(piece, output.AsSpan(length));
        }

        length += repair.Complete(output.AsSpan(length));
        return Encoding.Latin1.GetString(output, 0, length);
    }

    private static (int, int, string?, string?, bool) Seen(IEnumerable<byte[]> pieces)
    {
        var scanner = new HeaderScanner("uid-1");
        foreach (var piece in pieces)
        {
            scanner.Feed(piece);
        }

        return (scanner.Hops, scanner.OwnHops, scanner.MessageId, scanner.TraceParent, scanner.Done);
    }

    private static string Unstuffed(string wire, int[] pieces)
    {
        var (remover, text) = (new DotRemover(), new StringBuilder());
        foreach (var piece in Fuzzing.Cut(DataModel.Octets(wire), pieces))
        {
            text.Append(Encoding.Latin1.GetString(piece, 0, remover.Remove(piece)));
        }

        return text.ToString();
    }
}
