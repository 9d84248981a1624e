using System.Globalization;
using System.Text;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// Rewrites a message's header on its way: adds the Date and the Message-ID that it lacks, at the header's end, and takes
/// out fields of the name under which the relay itself tells the client's address. Everything else passes as it is, and
/// all of it once the header has ended. Gives the same however the input is split; holds no more than one field's name
/// back. A message that begins without a header gets the empty line that its body needs.
/// </summary>
/// <param name="config">What is asked for.</param>
/// <param name="facts">What is known of the message.</param>
/// <param name="isHidden">The address is not the client's but one that hides it.</param>
public sealed class HeaderRepair(HeaderRepairConfig config, ReceivedFacts facts, bool isHidden)
{
    // What has no colon so far is no field any more. HeaderScanner looks as far.
    private const int KeptOfLine = HeaderScanner.KeptOfLine;

    private readonly byte[] _date = Field("Date", $"{facts.Time.UtcDateTime:ddd, dd MMM yyyy HH:mm:ss} +0000");
    private readonly byte[] _messageId = Field("Message-ID", $"<{facts.Id}@{facts.ByName}>");
    private readonly byte[] _name = new byte[KeptOfLine];
    private State _state = State.Start;
    private int _held;
    private bool _lacksDate = config.AddDate;
    private bool _lacksMessageId = config.AddMessageId;

    private enum State
    {
        // Nothing has come yet.
        Start,

        // A field's name, held until its colon.
        Name,

        // In a line that passes, and behind it.
        Passing,
        Passed,

        // In a line that is taken out, and behind it.
        Dropping,
        Dropped,
    }

    /// <summary>What stands in front of the message: the field with the client's address; empty without one.</summary>
    public ReadOnlyMemory<byte> Front { get; } = config.ClientAddressField.Length == 0
        ? default
        : Field(config.ClientAddressField, $"{(isHidden ? "unknown" : ReceivedField.AddressLiteral(facts.ClientAddress))}");

    /// <summary>The header has ended: nothing is rewritten any more.</summary>
    public bool Done { get; private set; }

    /// <summary>Octets of output that may come on top of those of the input.</summary>
    public int Growth => KeptOfLine + _date.Length + _messageId.Length + "\r\n"u8.Length;

    /// <summary>Rewrites a piece of the message in wire form; returns the length of the output.</summary>
    /// <param name="input">All of it is taken.</param>
    /// <param name="output">Longer than the input by <see cref="Growth"/>.</param>
    public int Rewrite(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        while (!input.IsEmpty)
        {
            if (Done)
            {
                Put(input, output, ref written);
                break;
            }

            if (_state is State.Passing or State.Dropping)
            {
                var end = input.IndexOf((byte)'\n');
                var length = end < 0 ? input.Length : end + 1;
                if (_state == State.Passing)
                {
                    Put(input[..length], output, ref written);
                }

                if (end >= 0)
                {
                    _state = _state == State.Passing ? State.Passed : State.Dropped;
                }

                input = input[length..];
                continue;
            }

            Step(input[0], output, ref written);
            input = input[1..];
        }

        return written;
    }

    /// <summary>The message has ended; a header that is all of it gets here what it lacks.</summary>
    /// <param name="output">At least <see cref="Growth"/> octets.</param>
    public int Complete(Span<byte> output)
    {
        var written = 0;
        if (!Done)
        {
            Done = true;
            AddMissing(output, ref written);
            PutHeld(output, ref written);
        }

        return written;
    }

    private void Step(byte c, Span<byte> output, ref int written)
    {
        var isBlank = c is (byte)' ' or (byte)'\t';
        if (isBlank && _state is (State.Passed or State.Dropped))
        {
            // The field goes on.
            _state = _state == State.Passed ? State.Passing : State.Dropping;
            Put(_state == State.Passing ? [c] : [], output, ref written);
            return;
        }

        // A blank at the very start would go on with the relay's own field, and say there what it likes.
        var isNoField = isBlank && _state == State.Start;
        _state = State.Name;
        _name[_held++] = c;
        if (c == (byte)':')
        {
            EndName(output, ref written);
        }
        else if (c == (byte)'\n')
        {
            EndHeader(isEmptyLine: _held == 2 && _name[0] == (byte)'\r', output, ref written);
        }
        else if (isNoField || _held == KeptOfLine)
        {
            EndHeader(isEmptyLine: false, output, ref written);
        }
    }

    private void EndName(Span<byte> output, ref int written)
    {
        var name = _name.AsSpan(0, _held - 1).TrimEnd(" \t"u8);
        if (config.ClientAddressField.Length != 0 && Ascii.EqualsIgnoreCase(name, config.ClientAddressField))
        {
            _held = 0;
            _state = State.Dropping;
            return;
        }

        _lacksDate &= !Ascii.EqualsIgnoreCase(name, "Date"u8);
        _lacksMessageId &= !Ascii.EqualsIgnoreCase(name, "Message-ID"u8);
        PutHeld(output, ref written);
        _state = State.Passing;
    }

    private void EndHeader(bool isEmptyLine, Span<byte> output, ref int written)
    {
        Done = true;
        AddMissing(output, ref written);
        if (!isEmptyLine)
        {
            // RFC 5322 §3.5: what follows would be taken for more of the header.
            Put("\r\n"u8, output, ref written);
        }

        PutHeld(output, ref written);
    }

    private void AddMissing(Span<byte> output, ref int written)
    {
        Put(_lacksDate ? _date : default(ReadOnlySpan<byte>), output, ref written);
        Put(_lacksMessageId ? _messageId : default(ReadOnlySpan<byte>), output, ref written);
    }

    private void PutHeld(Span<byte> output, ref int written)
    {
        Put(_name.AsSpan(0, _held), output, ref written);
        _held = 0;
    }

    private static byte[] Field(string name, FormattableString value) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}: {FormattableString.Invariant(value)}\r\n"));

    private static void Put(ReadOnlySpan<byte> octets, Span<byte> output, ref int written)
    {
        octets.CopyTo(output[written..]);
        written += octets.Length;
    }
}
