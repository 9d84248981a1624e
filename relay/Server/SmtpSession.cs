using System.Net.Sockets;
using System.Runtime.CompilerServices;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.ProxyProtocol;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One client's SMTP session (RFC 5321): reads commands, keeps their order by <see cref="SmtpTransitions"/>, and hands
/// each to whom it concerns: <see cref="SessionTls"/>, <see cref="SessionLogin"/>, <see cref="SessionClient"/>, or, in a
/// transaction, <see cref="MailCommands"/>. Replies are written in the order of the commands and flushed when
/// there is nothing more to read (RFC 2920 §3.2).
/// </summary>
public sealed class SmtpSession : IDisposable
{
    private static readonly TimeSpan ErrorPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(1);

    private readonly SessionServices _services;
    private readonly SessionInput _input;
    private readonly CommandReader _commands;
    private readonly SessionOutput _output;
    private readonly SessionReplies _replies;
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly SessionLogin _login;
    private readonly SessionClient _client;
    private readonly MailCommands _mail;
    private readonly long _began;
    private long _lineDue;
    private long _lineStalls;

    /// <param name="services">What all sessions share.</param>
    /// <param name="socket">The client; the session closes it.</param>
    /// <param name="listener">What it came by.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="place">Its place under the limits.</param>
    /// <param name="logger">Hears of failed logins.</param>
    public SmtpSession(SessionServices services, Socket socket, ServedListener listener, SessionFacts facts, ClientPlace place, ILogger logger)
    {
        _services = services;
        _socket = socket;
        _began = services.Sweep.Time.GetTimestamp();
        _stream = new NetworkStream(socket, ownsSocket: false);
        _input = new SessionInput(_stream, services.Sweep);
        _commands = new CommandReader(_input);
        _output = new SessionOutput(_stream, socket.Dispose, services.Sweep);
        _replies = new SessionReplies(_output, services.Metrics);
        Tls = new SessionTls(services, listener, facts.Listener);
        _login = new SessionLogin(services, listener, logger);
        _client = new SessionClient(services, listener, facts, place, _login);
        _mail = new MailCommands(services, _input, _replies, _client);
    }

    /// <summary>TLS with the client.</summary>
    public SessionTls Tls { get; }

    /// <summary>How the session ended, for the metrics.</summary>
    public string Result => _replies.Result;

    /// <summary>Between MAIL and the end of its transaction, the pool as that began with it; read from other threads.</summary>
    public PoolSnapshot? InTransactionWith => _mail.Transaction?.Pool;

    /// <summary>The relay is leaving: 421 at the next moment between transactions.</summary>
    public void Leave() => _input.Leave();

    /// <summary>Serves the client until it or the relay ends the session.</summary>
    public async Task RunAsync()
    {
        if (Tls.ComesFirst)
        {
            await SecureAsync();
        }

        if (!_replies.IsClosing)
        {
            _replies.Write(_services.Pool.Current.Greeting);
        }

        while (!_replies.IsClosing)
        {
            if (_mail.State == SessionState.Connected && ProxyHeader.IsBinary(_input.Unread.FirstSpan))
            {
                _replies.Close(Replies.NoProxyHere, "rejected");
            }
            else if (_commands.TryTake(out var command, out var fault))
            {
                var limits = _services.Pool.Current.Config.Limits;
                if (EndsBy(limits))
                {
                    continue;
                }

                if (_replies.Errors * 2 >= limits.MaxErrors)
                {
                    await SlowDownAsync();
                }

                await HandleAsync(command, fault);
                _lineDue = 0;
            }
            else if (_commands.Fatal is { } reply)
            {
                _replies.Close(reply, "rejected");
            }
            else
            {
                await WaitAsync();
            }
        }

        if (await _output.FlushAsync())
        {
            await _output.EndAsync();
        }

        await LingerAsync();
    }

    public void Dispose()
    {
        _mail.Dispose();
        _socket.Dispose(); // no read outlives the session
        _input.Dispose();
        Tls.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync()
    {
        await _mail.AnswerRecipientsAsync();
        if (!await _replies.FlushAsync())
        {
            return;
        }

        // From the last whole command on: a client that sends an octet now and then is no better than one that is silent.
        if (_lineDue == 0)
        {
            _lineDue = _services.Sweep.After(TimeSpan.FromSeconds(_services.Pool.Current.Config.Limits.IdleSeconds));
            _lineStalls = _services.Sweep.After(StallAfter);
        }

        while (true)
        {
            var stall = _mail.Transaction is { HoldsHub: true } ? _lineStalls : long.MaxValue;
            var outcome = await _input.ReadAsync(_lineDue, stall, mayLeave: _mail.Transaction is null);
            if (outcome != InputOutcome.Stalled)
            {
                GoesOnAfter(outcome);
                return;
            }

            _mail.Transaction!.GiveBack();
        }
    }

    // False where the wait for the client was in vain: the session is over, with its last words if the client can hear them.
    private bool GoesOnAfter(InputOutcome outcome)
    {
        switch (outcome)
        {
            case InputOutcome.Data:
                return true;
            case InputOutcome.Leaving:
                _replies.Close(Replies.Leaving, "leaving");
                return false;
            case InputOutcome.TimedOut:
                _replies.Close(Replies.TimedOut, "timed_out");
                return false;
            default:
                _replies.End("closed");
                return false;
        }
    }

    // Who only makes errors is sent away; who stays for ever is asked to come again.
    private bool EndsBy(LimitsConfig limits)
    {
        if (_replies.Errors >= limits.MaxErrors)
        {
            _replies.Close(Replies.TooManyErrors, "errors");
        }
        else if (limits.MaxSessionSeconds > 0 && _mail.Transaction is null && _services.Sweep.Time.GetElapsedTime(_began).TotalSeconds >= limits.MaxSessionSeconds)
        {
            _replies.Close(Replies.EnoughTime, "expired");
        }

        return _replies.IsClosing;
    }

    private async ValueTask HandleAsync(SmtpCommand command, SmtpReply? fault)
    {
        var verb = command.Verb;
        if (verb != SmtpVerb.Rcpt)
        {
            await _mail.AnswerRecipientsAsync();
        }

        fault ??= command.HasControlCharacters ? Replies.ControlCharacters : null;
        if (fault is not null)
        {
            _replies.Answer(verb, fault);
            if (verb == SmtpVerb.Bdat)
            {
                // As with any chunk whose size cannot be told, where the next command begins is anybody's guess now.
                _replies.End("rejected");
            }

            return;
        }

        // What has begun goes on, even if the listener has come to insist on TLS or AUTH meanwhile.
        if (((_mail.Transaction is null ? Tls.RefusalOf(verb) ?? _login.RefusalOf(verb, _client.Facts) : null) ?? SmtpTransitions.Refusal(_mail.State, verb)) is { } refusal)
        {
            if (verb == SmtpVerb.Bdat)
            {
                await _mail.RefuseChunkAsync(command.Argument, refusal);
                return;
            }

            _replies.Answer(verb, refusal);
            return;
        }

        switch (verb)
        {
            case SmtpVerb.Helo or SmtpVerb.Ehlo:
                Greet(verb, command.Argument);
                break;
            case SmtpVerb.Mail:
                await _mail.MailAsync(command.Argument);
                break;
            case SmtpVerb.Rcpt:
                await _mail.RcptAsync(command.Argument);
                break;
            case SmtpVerb.Data:
                await _mail.DataAsync(command.Argument);
                break;
            case SmtpVerb.Bdat:
                await _mail.ChunkAsync(command.Argument);
                break;
            case SmtpVerb.Rset:
                _mail.Leave(_mail.State == SessionState.Connected ? _mail.State : SessionState.Greeted);
                _replies.Answer(verb, Replies.Ok);
                break;
            case SmtpVerb.Noop:
                _replies.Answer(verb, Replies.Ok);
                break;
            case SmtpVerb.StartTls:
                await StartTlsAsync(command.Argument);
                break;
            case SmtpVerb.Auth:
                await LogInAsync(command.Argument);
                break;
            case SmtpVerb.Xclient:
                Introduce(command.Argument);
                break;
            case SmtpVerb.Proxy:
                _replies.Close(verb, Replies.NoProxyHere, "rejected");
                break;
            case SmtpVerb.Vrfy:
                _replies.Answer(verb, Replies.CannotVerify);
                break;
            case SmtpVerb.Help:
                _replies.Answer(verb, Replies.Help);
                break;
            case SmtpVerb.Quit:
                _mail.Leave(SessionState.Greeted);
                _replies.Close(verb, Replies.Bye, "quit");
                break;
            default:
                _replies.Answer(verb, Replies.UnknownCommand);
                break;
        }
    }

    private void Greet(SmtpVerb verb, string argument)
    {
        if (argument.Length == 0)
        {
            _replies.Answer(verb, Replies.HeloNeedsName);
            return;
        }

        // RFC 5321 §4.1.4: a second EHLO works as RSET does.
        _mail.Leave(SessionState.Greeted);
        _client.Greets(argument, isExtended: verb == SmtpVerb.Ehlo);
        var pool = _services.Pool.Current;
        _replies.Answer(verb, _client.IsExtended ? _client.Offers(pool.Ehlo, Tls.IsOffered) : new SmtpReply(250, default, pool.Config.HeloName));
    }

    private void Introduce(string argument)
    {
        if (_client.Introduces(argument, out var result) is { } refusal)
        {
            _replies.Answer(SmtpVerb.Xclient, refusal);
        }
        else if (result != AdmissionResult.Admitted)
        {
            _replies.Close(result.Refusal(), result == AdmissionResult.NobodyMayRelay ? "denied" : "limited");
        }
        else
        {
            _mail.Leave(SessionState.Connected);
            _replies.Answer(SmtpVerb.Xclient, _services.Pool.Current.Greeting);
        }
    }

    private async ValueTask LogInAsync(string argument)
    {
        if (_login.RefusalOfStart(_client.Facts, _client.IsExtended) is { } refusal)
        {
            _replies.Answer(SmtpVerb.Auth, refusal);
            return;
        }

        var result = await _login.RunAsync(_client.Facts, argument, ChallengeAsync, _input.WhenGone);
        if (result.Reply is null)
        {
            return;
        }

        if (result.Login is { } user)
        {
            _client.LogsIn(user);
        }

        _replies.Answer(SmtpVerb.Auth, result.Reply);
        if (result.IsLast)
        {
            _replies.End("rejected");
        }
    }

    // Null where the session is over.
    private async ValueTask<ResponseLine?> ChallengeAsync(SmtpReply challenge)
    {
        _replies.Write(challenge);
        if (!await _replies.FlushAsync())
        {
            return null;
        }

        var due = _services.Sweep.After(TimeSpan.FromSeconds(_services.Pool.Current.Config.Limits.IdleSeconds));
        while (true)
        {
            if (_commands.TryTakeResponse(out var response))
            {
                return response;
            }

            if (_commands.Fatal is { } reply)
            {
                _replies.Close(reply, "rejected");
                return null;
            }

            if (!GoesOnAfter(await _input.ReadAsync(due, long.MaxValue, mayLeave: true)))
            {
                return null;
            }
        }
    }

    private async ValueTask StartTlsAsync(string argument)
    {
        // A read that is under way would take the beginning of the handshake. STARTTLS comes alone after EHLO, and then there is none.
        if ((Tls.RefusalOfStart(argument) ?? (_input.IsReading ? Replies.TlsNotNow : null)) is { } refusal)
        {
            _replies.Answer(SmtpVerb.StartTls, refusal);
            return;
        }

        _replies.Answer(SmtpVerb.StartTls, Replies.StartTls);
        if (await _replies.FlushAsync())
        {
            await SecureAsync();
        }
    }

    private async ValueTask SecureAsync()
    {
        if (await Tls.SecureAsync(_stream) is not { } secured)
        {
            _replies.End(Tls.Outcome switch
            {
                TlsOutcome.TimedOut => "timed_out",
                TlsOutcome.Closed => "closed",
                _ => "rejected",
            });
            return;
        }

        // RFC 3207 §4.2: nothing that was said before counts. What came in the clear behind STARTTLS is thrown away unread:
        // taken as commands it would be anybody's, under the name of who speaks now (CVE-2011-0411).
        _input.Restart(secured);
        _output.Restart(secured);
        _mail.Leave(SessionState.Connected);
        if (_client.Secures(Tls.Facts) is var result and not AdmissionResult.Admitted)
        {
            _replies.Close(result.Refusal(), "limited");
        }
    }

    // A hub is not to wait for who is made to wait.
    private async Task SlowDownAsync()
    {
        await _output.FlushAsync();
        if (_mail.Transaction is { HoldsHub: true } waiting)
        {
            waiting.GiveBack();
        }

        await Task.Delay(ErrorPause, _services.Sweep.Time, _input.WhenGone()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Closing with input unread would reset the connection and may take the last reply with it.
    private async ValueTask LingerAsync()
    {
        if (Result is "quit" or "closed")
        {
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return; // The client was faster.
        }

        await _input.DrainAsync(_services.Sweep.After(StallAfter));
    }
}
