using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Sink;

/// <summary>
/// One connection to a sink. Replies to pipelined commands leave together, once no whole command waits (RFC 2920 §3.2).
/// </summary>
internal sealed class SinkSession(Stream transport, SinkSettings sink) : IAsyncDisposable
{
    // Roomy against RFC 5321 §4.5.3.1.4, for ORCPT and its like.
    private const int MaxLine = 4096;

    private readonly ArrayBufferWriter<byte> _replies = new(512);
    private Stream _stream = transport;
    private PipeReader _input = Reader(transport);
    private bool _secure;
    private bool _ending;
    private bool _unwelcome;
    private bool _greeted;
    private bool _hasSender;
    private bool _hasRecipient;

    /// <summary>
    /// Talks until the client leaves. <paramref name="stopping"/> ends the session between two commands with a 421,
    /// <paramref name="abort"/> ends it at once.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        if (sink.Options.Tls == SinkTls.Implicit)
        {
            await SecureAsync(abort);
        }

        _unwelcome = !Say(SinkPhase.Banner, SinkReplies.Banner).IsPositive;
        try
        {
            while (!_ending && await ReadCommandAsync(stopping) is { } command)
            {
                await AnswerAsync(command, abort);
            }
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            Say(SinkReplies.Leaving);
        }

        await FlushAsync(abort);
    }

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private static PipeReader Reader(Stream stream) =>
        PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16_384, minimumReadSize: 4096, leaveOpen: true));

    private async ValueTask<SmtpCommand?> ReadCommandAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (!_input.TryRead(out var read))
            {
                await FlushAsync(stopping);
                read = await _input.ReadAsync(stopping);
            }

            var buffer = read.Buffer;
            var result = LineReader.TryRead(ref buffer, MaxLine, out var line);
            if (result == LineResult.Line)
            {
                var command = SmtpCommand.Parse(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
                _input.AdvanceTo(buffer.Start);
                return command;
            }

            if (result is LineResult.TooLong or LineResult.BareLineEnding)
            {
                Say(result == LineResult.TooLong ? SinkReplies.LineTooLong : SinkReplies.BareLineEnding);
                _ending = true; // whoever sends that cannot be followed any further
                return null;
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    private async ValueTask AnswerAsync(SmtpCommand command, CancellationToken abort)
    {
        switch (command.Verb)
        {
            case SmtpVerb.Quit:
                Say(SinkReplies.Bye);
                _ending = true;
                break;
            case var _ when _unwelcome: // RFC 5321 §3.1: after a refusing greeting nothing but QUIT
                Say(SinkReplies.BadSequence);
                break;
            case var _ when command.HasControlCharacters:
                Say(SinkReplies.BadArgument);
                break;
            case SmtpVerb.Helo or SmtpVerb.Ehlo when command.Argument.Length == 0:
                Say(SinkReplies.BadArgument);
                break;
            case SmtpVerb.Helo:
                Greet(Say(SinkReplies.Helo));
                break;
            case SmtpVerb.Ehlo:
                Greet(Say(SinkPhase.Ehlo, sink.Options.Tls == SinkTls.StartTls && !_secure ? SinkReplies.EhloWithStartTls : SinkReplies.Ehlo));
                break;
            case SmtpVerb.StartTls when sink.Options.Tls == SinkTls.StartTls && !_secure:
                Say(SinkReplies.StartTls);
                await FlushAsync(abort);
                await SecureAsync(abort);
                break;
            case SmtpVerb.Mail when _greeted && !_hasSender:
                _hasSender = MailCommand.TryParse(command.Argument, out _, out var badSender)
                    ? Say(SinkPhase.Mail, SinkReplies.Mail).IsPositive
                    : Say(badSender!).IsPositive;
                break;
            case SmtpVerb.Rcpt when _hasSender:
                _hasRecipient |= RcptCommand.TryParse(command.Argument, out _, out var badRecipient)
                    ? Say(SinkPhase.Rcpt, SinkReplies.Rcpt).IsPositive
                    : Say(badRecipient!).IsPositive;
                break;
            case SmtpVerb.Rset:
                Forget();
                Say(SinkReplies.Ok);
                break;
            case SmtpVerb.Data when _hasRecipient:
                if (Say(SinkPhase.Data, SinkReplies.Data).Code == 354)
                {
                    await ReceiveAsync(abort);
                }

                Forget();
                break;
            default:
                Say(Answer(command.Verb));
                break;
        }
    }

    private SmtpReply Answer(SmtpVerb verb) => verb switch
    {
        SmtpVerb.Noop => SinkReplies.Ok,
        SmtpVerb.Vrfy => SinkReplies.Vrfy,
        SmtpVerb.Help => SinkReplies.Help,
        SmtpVerb.Data when _hasSender => SinkReplies.NoRecipients,
        SmtpVerb.Mail or SmtpVerb.Rcpt or SmtpVerb.Data => SinkReplies.BadSequence,
        _ => SinkReplies.UnknownCommand,
    };

    private async ValueTask ReceiveAsync(CancellationToken abort)
    {
        await FlushAsync(abort);
        using var kept = sink.Keep?.Begin();
        var body = new BodyReader();
        var keepFault = false;
        var ended = false;
        while (!ended)
        {
            var read = await _input.ReadAsync(abort);
            var consumed = read.Buffer.Start;
            ended = Take(body, read.Buffer, kept, ref keepFault, ref consumed);
            _input.AdvanceTo(consumed);
            if (!ended && read.IsCompleted)
            {
                _ending = true;
                return;
            }
        }

        if (sink.Options.Delay > TimeSpan.Zero)
        {
            await Task.Delay(sink.Options.Delay, sink.Time, abort);
        }

        Judge(body, kept, keepFault);
    }

    private static bool Take(BodyReader body, in ReadOnlySequence<byte> input, KeptMessage? kept, ref bool keepFault, ref SequencePosition consumed)
    {
        long total = 0;
        var ended = false;
        foreach (var segment in input)
        {
            var content = ArrayPool<byte>.Shared.Rent(segment.Length + 1);
            ended = body.Read(segment.Span, content, out var taken, out var written);
            keepFault |= kept?.TryWrite(content.AsSpan(0, written)) == false;
            ArrayPool<byte>.Shared.Return(content);
            total += taken;
            if (ended)
            {
                break;
            }
        }

        consumed = input.GetPosition(total);
        return ended;
    }

    private void Judge(BodyReader body, KeptMessage? kept, bool keepFault)
    {
        var verdict = sink.Script.Next(SinkPhase.Dot) ?? (body.SawBareLineEnding ? SinkReplies.BareLineEndingInMessage : SinkReplies.Taken);
        if (verdict.IsPositive && (keepFault || kept?.TryKeep() == false))
        {
            verdict = SinkReplies.CannotKeep;
        }

        if (verdict.IsPositive)
        {
            sink.Counters.Accepted(body.ContentBytes);
        }

        Say(verdict);
    }

    private async Task SecureAsync(CancellationToken abort)
    {
        // RFC 3207 §4.2, §5: nothing that was said in the clear counts any more, pipelined commands least of all.
        await _input.CompleteAsync();
        var secure = new SslStream(_stream);
        _stream = secure;
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = sink.Options.Certificate }, abort);
        _input = Reader(secure);
        _secure = true;
        _greeted = false;
        Forget();
    }

    private void Greet(SmtpReply reply)
    {
        if (reply.IsPositive)
        {
            _greeted = true;
            Forget();
        }
    }

    private void Forget() => _hasSender = _hasRecipient = false;

    private SmtpReply Say(SinkPhase phase, SmtpReply usual) => Say(sink.Script.Next(phase) ?? usual);

    private SmtpReply Say(SmtpReply reply)
    {
        _replies.Write(reply.Wire.Span);
        _ending |= reply.Code == 421; // RFC 5321 §3.8
        if (reply.Code >= 400)
        {
            sink.Counters.Refused();
        }

        return reply;
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_replies.WrittenCount > 0)
        {
            await _stream.WriteAsync(_replies.WrittenMemory, cancellationToken);
            _replies.ResetWrittenCount();
        }
    }
}
