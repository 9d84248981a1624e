using System.Buffers;
using System.Text;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>
/// Takes commands from what the client has sent, line by line. A line that is too long is read to its end and answered;
/// what cannot be followed any more is <see cref="Fatal"/>.
/// </summary>
public sealed class CommandReader(SessionInput input)
{
    private const int MaxCommandLine = 4096;
    // RFC 4954 §4: 12288 octets with the CRLF.
    private const int MaxResponseLine = 12288 - 2;
    private const int MaxSkippedLine = 1024 * 1024;

    private bool _skipping;
    private long _skipped;

    /// <summary>The last words of a session that cannot go on; null while it can.</summary>
    public SmtpReply? Fatal { get; private set; }

    /// <summary>Takes one line; false where none is whole yet, or <see cref="Fatal"/> says why there will be none.</summary>
    /// <param name="command">The command.</param>
    /// <param name="fault">The answer to a line that is no command; otherwise null.</param>
    public bool TryTake(out SmtpCommand command, out SmtpReply? fault) =>
        TryTakeLine(MaxCommandLine, Replies.LineTooLong, static line => Parse(line), out command, out fault);

    /// <summary>Takes one line of an AUTH exchange; false as with <see cref="TryTake"/>.</summary>
    public bool TryTakeResponse(out ResponseLine response)
    {
        var isTaken = TryTakeLine(MaxResponseLine, Replies.ResponseTooLong, static line => Encoding.Latin1.GetString(line), out var text, out var fault);
        response = new ResponseLine(text ?? "", fault);
        return isTaken;
    }

    private bool TryTakeLine<T>(int most, SmtpReply tooLong, Func<ReadOnlySequence<byte>, T> read, out T? taken, out SmtpReply? fault)
    {
        taken = default;
        fault = null;
        while (!input.Unread.IsEmpty)
        {
            if (_skipping)
            {
                if (!TrySkip())
                {
                    return false;
                }

                fault = tooLong;
                return true;
            }

            var buffer = input.Unread;
            switch (LineReader.TryRead(ref buffer, most, out var line))
            {
                case LineResult.Incomplete:
                    return false;
                case LineResult.TooLong:
                    _skipping = true;
                    _skipped = 0;
                    continue;
                case LineResult.BareLineEnding:
                    // Only CRLF ends a line (RFC 5321 §2.3.8). Going on behind anything else is how commands get smuggled.
                    Fatal = Replies.BareLineEndingInCommand;
                    return false;
                default:
                    taken = read(line);
                    input.Consume(input.Unread.Length - buffer.Length);
                    return true;
            }
        }

        return false;
    }

    private bool TrySkip()
    {
        var buffer = input.Unread;
        _skipping = !LineReader.TrySkipLine(ref buffer);
        var skipped = input.Unread.Length - buffer.Length;
        _skipped += skipped;
        input.Consume(skipped);
        if (_skipping && _skipped > MaxSkippedLine)
        {
            Fatal = Replies.LineTooLong;
        }

        return !_skipping;
    }

    private static SmtpCommand Parse(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            return SmtpCommand.Parse(line.FirstSpan);
        }

        Span<byte> whole = stackalloc byte[(int)line.Length];
        line.CopyTo(whole);
        return SmtpCommand.Parse(whole);
    }
}
