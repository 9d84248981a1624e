using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Tests.Smtp;

/// <summary>Feeds a decoder in pieces of given sizes (the last one repeated) into outputs of a given size.</summary>
public sealed class DataFeed(int outputSize, params int[] pieces)
{
    private readonly byte[] _output = new byte[outputSize];
    private readonly StringBuilder _wire = new();

    private delegate DataStatus Step(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written);

    public DataModel Decode(string input, BareLineEndings mode)
    {
        var decoder = new DataDecoder(mode);
        var (status, consumed) = Run(DataModel.Octets(input), decoder.Decode);
        return Result(status, consumed, decoder.ContentBytes);
    }

    public DataModel Encode(string input, BareLineEndings mode)
    {
        var encoder = new BdatEncoder(mode);
        var (status, consumed) = Run(DataModel.Octets(input), encoder.Encode);
        if (status == DataStatus.NeedMore)
        {
            status = encoder.Complete(_output, out var written);
            _wire.Append(Encoding.Latin1.GetString(_output, 0, written));
        }

        return Result(status, consumed, encoder.ContentBytes);
    }

    private DataModel Result(DataStatus status, int consumed, long contentBytes)
    {
        // How much of a message that is refused or not yet whole was written is nobody's business.
        var isWhole = status == DataStatus.End || (status == DataStatus.NeedMore && contentBytes == DataModel.Unstuff(_wire.ToString()).Length);
        return status == DataStatus.BareLineEnding ? new(status, 0, "", 0)
            : new(status, consumed, isWhole ? _wire.ToString() : "", isWhole ? contentBytes : 0);
    }

    private (DataStatus Status, int Consumed) Run(byte[] input, Step step)
    {
        _wire.Clear();
        var total = 0;
        var index = 0;
        var pieceEnd = 0;
        while (total < input.Length)
        {
            if (total == pieceEnd)
            {
                pieceEnd = Math.Min(input.Length, pieceEnd + pieces[Math.Min(index++, pieces.Length - 1)]);
            }

            var status = step(input.AsSpan(total, pieceEnd - total), _output, out var consumed, out var written);
            total += consumed;
            _wire.Append(Encoding.Latin1.GetString(_output, 0, written));
            if (status is DataStatus.End or DataStatus.BareLineEnding)
            {
                return (status, total);
            }

            if (status == DataStatus.NeedMore ? total != pieceEnd : written == 0)
            {
                throw new InvalidOperationException($"{status} at {total} of {pieceEnd}, {written} written");
            }
        }

        return (DataStatus.NeedMore, total);
    }
}
