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
            while (!_ending && await ReadCommandAsync(stopping) is { } verb)
            {
                await AnswerAsync(verb, abort);
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

    private async ValueTask<SinkVerb?> ReadCommandAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (!_input.TryRead(out var read))
            {
                await FlushAsync(stopping);
                read = await _input.ReadAsync(stopping);
            }

            if (read.Buffer.PositionOf((byte)'\n') is { } newLine)
            {
                var end = read.Buffer.GetPosition(1, newLine);
                var verb = SinkCommandLine.Parse(read.Buffer.Slice(0, end));
                _input.AdvanceTo(end);
                return verb;
            }

            if (read.Buffer.Length > SinkCommandLine.MaxLength)
            {
                Say(SinkReplies.LineTooLong);
                _ending = true;
                return null;
            }

            _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    private async ValueTask AnswerAsync(SinkVerb verb, CancellationToken abort)
    {
        switch (verb)
        {
            case SinkVerb.Quit:
                Say(SinkReplies.Bye);
                _ending = true;
                break;
            case var _ when _unwelcome: // RFC 5321 §3.1: after a refusing greeting nothing but QUIT
                Say(SinkReplies.BadSequence);
                break;
            case SinkVerb.Helo:
                Greet(Say(SinkReplies.Helo));
                break;
            case SinkVerb.Ehlo:
                Greet(Say(SinkPhase.Ehlo, sink.Options.Tls == SinkTls.StartTls && !_secure ? SinkReplies.EhloWithStartTls : SinkReplies.Ehlo));
                break;
            case SinkVerb.StartTls when sink.Options.Tls == SinkTls.StartTls && !_secure:
                Say(SinkReplies.StartTls);
                await FlushAsync(abort);
                await SecureAsync(abort);
                break;
            case SinkVerb.Mail when _greeted && !_hasSender:
                _hasSender = Say(SinkPhase.Mail, SinkReplies.Mail).IsPositive;
                break;
            case SinkVerb.Rcpt when _hasSender:
                _hasRecipient |= Say(SinkPhase.Rcpt, SinkReplies.Rcpt).IsPositive;
                break;
            case SinkVerb.Data when _hasRecipient:
                if (Say(SinkPhase.Data, SinkReplies.Data).Code == 354)
                {
                    await ReceiveAsync(abort);
                }

                Forget();
                break;
            default:
                Say(verb switch
                {
                    SinkVerb.Rset => Forget(),
                    SinkVerb.Noop => SinkReplies.Ok,
                    SinkVerb.Vrfy => SinkReplies.Vrfy,
                    SinkVerb.Help => SinkReplies.Help,
                    SinkVerb.BadArgument => SinkReplies.BadArgument,
                    SinkVerb.BareLineEnding => SinkReplies.BareLineEnding,
                    SinkVerb.Data when _hasSender => SinkReplies.NoRecipients,
                    SinkVerb.Mail or SinkVerb.Rcpt or SinkVerb.Data => SinkReplies.BadSequence,
                    _ => SinkReplies.UnknownCommand,
                });
                break;
        }
    }

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

    private SmtpReply Forget()
    {
        _hasSender = _hasRecipient = false;
        return SinkReplies.Ok;
    }

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
