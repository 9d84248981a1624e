using System.Net.Sockets;
using System.Runtime.CompilerServices;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.ProxyProtocol;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One client's SMTP session (RFC 5321): reads commands, keeps their order by <see cref="SmtpTransitions"/>, and hands
/// the transaction to <see cref="MailTransaction"/>. Replies are written in the order of the commands and flushed when
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
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly ClientPlace _place;
    private readonly SessionLogin _login;
    private readonly bool _mayIntroduce;
    private readonly long _began;
    private readonly SessionFacts _arrived;
    private SessionFacts _facts;
    private SessionState _state = SessionState.Connected;
    private MailTransaction? _transaction;
    private string _helo = "";
    private string? _toldHelo;
    private bool _extended;
    private bool _closing;
    private long _lineDue;
    private int _messages;
    private int _errors;

    /// <param name="services">What all sessions share.</param>
    /// <param name="socket">The client; the session closes it.</param>
    /// <param name="listener">What it came by.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="place">Its place under the limits.</param>
    /// <param name="logger">Hears of failed logins.</param>
    public SmtpSession(SessionServices services, Socket socket, ServedListener listener, SessionFacts facts, ClientPlace place, ILogger logger)
    {
        (_place, _began) = (place, services.Sweep.Time.GetTimestamp());
        _mayIntroduce = listener.Current.Introducers.Hold(facts.Client);
        _services = services;
        _facts = _arrived = facts;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _input = new SessionInput(_stream, services.Sweep);
        _commands = new CommandReader(_input);
        _output = new SessionOutput(_stream, socket.Dispose, services.Sweep);
        Tls = new SessionTls(services, listener, facts.Listener);
        _login = new SessionLogin(services, listener, logger);
    }

    /// <summary>TLS with the client.</summary>
    public SessionTls Tls { get; }

    /// <summary>How the session ended, for the metrics: quit, closed, timed_out, rejected or leaving.</summary>
    public string Result { get; private set; } = "closed";

    /// <summary>Between MAIL and the end of its transaction, the pool as that began with it; read from other threads.</summary>
    public PoolSnapshot? InTransactionWith => Volatile.Read(ref _transaction)?.Pool;

    /// <summary>The relay is leaving: 421 at the next moment between transactions.</summary>
    public void Leave() => _input.Leave();

    /// <summary>Serves the client until it or the relay ends the session.</summary>
    public async Task RunAsync()
    {
        if (Tls.ComesFirst)
        {
            await SecureAsync();
        }

        if (!_closing)
        {
            Write(_services.Pool.Current.Greeting);
        }

        while (!_closing)
        {
            if (_state == SessionState.Connected && ProxyHeader.IsBinary(_input.Unread.FirstSpan))
            {
                Close(Replies.NoProxyHere, "rejected");
            }
            else if (_commands.TryTake(out var command, out var fault))
            {
                var limits = _services.Pool.Current.Config.Limits;
                if (EndsBy(limits))
                {
                    continue;
                }

                if (_errors * 2 >= limits.MaxErrors)
                {
                    await _output.FlushAsync();
                    await Task.Delay(ErrorPause, _services.Sweep.Time, _input.WhenGone()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await HandleAsync(command, fault);
                _lineDue = 0;
            }
            else if (_commands.Fatal is { } reply)
            {
                Close(reply, "rejected");
            }
            else if (!await WaitAsync())
            {
                return;
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
        _transaction?.Dispose();
        _socket.Dispose(); // no read outlives the session
        _input.Dispose();
        Tls.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync()
    {
        if (_transaction is not null)
        {
            await AnswerRecipientsAsync();
        }

        if (!await _output.FlushAsync())
        {
            return false;
        }

        // From the last whole command on: a client that sends an octet now and then is no better than one that is silent.
        if (_lineDue == 0)
        {
            _lineDue = _services.Sweep.After(TimeSpan.FromSeconds(_services.Pool.Current.Config.Limits.IdleSeconds));
        }

        while (true)
        {
            var stall = _transaction is { HoldsHub: true } ? _services.Sweep.After(StallAfter) : long.MaxValue;
            switch (await _input.ReadAsync(_lineDue, stall, mayLeave: _transaction is null))
            {
                case InputOutcome.Data:
                    return true;
                case InputOutcome.Stalled:
                    _transaction!.GiveBack();
                    break;
                case InputOutcome.Leaving:
                    Close(Replies.Leaving, "leaving");
                    return true;
                case InputOutcome.TimedOut:
                    Close(Replies.TimedOut, "timed_out");
                    return true;
                default:
                    return false;
            }
        }
    }

    // Who only makes errors is sent away; who stays for ever is asked to come again.
    private bool EndsBy(LimitsConfig limits)
    {
        if (_errors >= limits.MaxErrors)
        {
            Close(Replies.TooManyErrors, "errors");
        }
        else if (limits.MaxSessionSeconds > 0 && _transaction is null && _services.Sweep.Time.GetElapsedTime(_began).TotalSeconds >= limits.MaxSessionSeconds)
        {
            Close(Replies.EnoughTime, "expired");
        }

        return _closing;
    }

    private async ValueTask HandleAsync(SmtpCommand command, SmtpReply? fault)
    {
        var verb = command.Verb;
        if (verb != SmtpVerb.Rcpt && _transaction is not null)
        {
            await AnswerRecipientsAsync();
        }

        fault ??= command.HasControlCharacters ? Replies.ControlCharacters : null;
        if (fault is not null)
        {
            Answer(verb, fault);
            if (verb == SmtpVerb.Bdat)
            {
                // As with any chunk whose size cannot be told, where the next command begins is anybody's guess now.
                _closing = true;
                Result = "rejected";
            }

            return;
        }

        // What has begun goes on, even if the listener has come to insist on TLS or AUTH meanwhile.
        if (((_transaction is null ? Tls.RefusalOf(verb) ?? _login.RefusalOf(verb, _facts) : null) ?? SmtpTransitions.Refusal(_state, verb)) is { } refusal)
        {
            if (verb == SmtpVerb.Bdat)
            {
                await RefuseChunkAsync(command.Argument, refusal);
                return;
            }

            Answer(verb, refusal);
            return;
        }

        switch (verb)
        {
            case SmtpVerb.Helo or SmtpVerb.Ehlo:
                Greet(verb, command.Argument);
                break;
            case SmtpVerb.Mail:
                await MailAsync(command.Argument);
                break;
            case SmtpVerb.Rcpt:
                await RcptAsync(command.Argument);
                break;
            case SmtpVerb.Data:
                await DataAsync(command.Argument);
                break;
            case SmtpVerb.Bdat:
                await ChunkAsync(command.Argument);
                break;
            case SmtpVerb.Rset:
                EndTransaction(_state == SessionState.Connected ? _state : SessionState.Greeted);
                Answer(verb, Replies.Ok);
                break;
            case SmtpVerb.Noop:
                Answer(verb, Replies.Ok);
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
                _services.Metrics.Command(verb, 5);
                Close(Replies.NoProxyHere, "rejected");
                break;
            case SmtpVerb.Vrfy:
                Answer(verb, Replies.CannotVerify);
                break;
            case SmtpVerb.Help:
                Answer(verb, Replies.Help);
                break;
            case SmtpVerb.Quit:
                EndTransaction(SessionState.Greeted);
                _services.Metrics.Command(verb, 2);
                Close(Replies.Bye, "quit");
                break;
            default:
                Answer(verb, Replies.UnknownCommand);
                break;
        }
    }

    private void Greet(SmtpVerb verb, string argument)
    {
        if (argument.Length == 0)
        {
            Answer(verb, Replies.HeloNeedsName);
            return;
        }

        // RFC 5321 §4.1.4: a second EHLO works as RSET does.
        EndTransaction(SessionState.Greeted);
        _helo = _toldHelo ?? argument;
        _extended = verb == SmtpVerb.Ehlo;
        var pool = _services.Pool.Current;
        Answer(verb, _extended ? Offers(pool.Ehlo) : new SmtpReply(250, default, pool.Config.HeloName));
    }

    private SmtpReply Offers(SmtpReply ehlo)
    {
        ehlo = Tls.IsOffered ? EhloReply.OfferingTls(ehlo) : ehlo;
        ehlo = _login.Offered(_facts) is { } users ? EhloReply.OfferingLogin(ehlo, users.OffersScram) : ehlo;
        return _mayIntroduce ? EhloReply.OfferingXclient(ehlo) : ehlo;
    }

    // From here on the session is that of another client, which has yet to say EHLO.
    private void Introduce(string argument)
    {
        if (!_mayIntroduce)
        {
            Answer(SmtpVerb.Xclient, Replies.XclientDenied);
            return;
        }

        if (!XclientCommand.TryParse(argument, out var told))
        {
            Answer(SmtpVerb.Xclient, Replies.XclientSyntax);
            return;
        }

        var pool = _services.Pool.Current;
        // Whoever it speaks for has not authenticated by its own login.
        _facts = _facts with { Login = told!.Login is null ? null : _login.Told(told.Login) };
        if (told.Client is not null || told.IsUnknown)
        {
            _facts = told.Client is { } client
                ? _facts with { Client = client, ClientText = client.ToString(), IsUnknown = false }
                : _facts with { IsUnknown = true };
            // Its certificate speaks for who showed it, not for whom that speaks for.
            _facts = _facts with { Tls = _facts.Tls?.WithoutCertificate() };
            if (_place.Take(_facts.Client, pool.RuleOf(_facts), _facts.IsUnknown, pool.Config.Limits) is var result and not AdmissionResult.Admitted)
            {
                Close(result.Refusal(), result == AdmissionResult.NobodyMayRelay ? "denied" : "limited");
                return;
            }
        }

        (_toldHelo, _helo, _extended, _state) = (told.Helo ?? _toldHelo, "", false, SessionState.Connected);
        Answer(SmtpVerb.Xclient, pool.Greeting);
    }

    private async ValueTask LogInAsync(string argument)
    {
        if (_login.RefusalOfStart(_facts, _extended) is { } refusal)
        {
            Answer(SmtpVerb.Auth, refusal);
            return;
        }

        var result = await _login.RunAsync(_facts, argument, ChallengeAsync, _input.WhenGone);
        if (result.Reply is null)
        {
            return;
        }

        _facts = result.Login is null ? _facts : _facts with { Login = result.Login };
        Answer(SmtpVerb.Auth, result.Reply);
        if (result.IsLast)
        {
            (Result, _closing) = ("rejected", true);
        }
    }

    // Null where the session is over.
    private async ValueTask<ResponseLine?> ChallengeAsync(SmtpReply challenge)
    {
        Write(challenge);
        if (!await _output.FlushAsync())
        {
            _closing = true;
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
                Close(reply, "rejected");
                return null;
            }

            switch (await _input.ReadAsync(due, long.MaxValue, mayLeave: true))
            {
                case InputOutcome.Data:
                    break;
                case InputOutcome.Leaving:
                    Close(Replies.Leaving, "leaving");
                    return null;
                case InputOutcome.TimedOut:
                    Close(Replies.TimedOut, "timed_out");
                    return null;
                default:
                    _closing = true;
                    return null;
            }
        }
    }

    private async ValueTask StartTlsAsync(string argument)
    {
        // A read that is under way would take the beginning of the handshake. STARTTLS comes alone after EHLO, and then there is none.
        if ((Tls.RefusalOfStart(argument) ?? (_input.IsReading ? Replies.TlsNotNow : null)) is { } refusal)
        {
            Answer(SmtpVerb.StartTls, refusal);
            return;
        }

        Answer(SmtpVerb.StartTls, Replies.StartTls);
        if (!await _output.FlushAsync())
        {
            _closing = true;
            return;
        }

        await SecureAsync();
    }

    private async ValueTask SecureAsync()
    {
        if (await Tls.SecureAsync(_stream) is not { } secured)
        {
            _closing = true;
            Result = Tls.Outcome switch
            {
                TlsOutcome.TimedOut => "timed_out",
                TlsOutcome.Closed => "closed",
                _ => "rejected",
            };
            return;
        }

        // RFC 3207 §4.2: nothing that was said before counts. What came in the clear behind STARTTLS is thrown away unread:
        // taken as commands it would be anybody's, under the name of who speaks now (CVE-2011-0411).
        _input.Restart(secured);
        _output.Restart(secured);
        var wasIntroduced = !_facts.Client.Equals(_arrived.Client) || _facts.IsUnknown != _arrived.IsUnknown;
        _facts = _arrived with { Tls = Tls.Facts };
        (_toldHelo, _helo, _extended, _state) = (null, "", false, SessionState.Connected);
        if (wasIntroduced && _place.Take(_facts.Client, _services.Pool.Current.RuleOf(_facts), mayLackRule: true, _services.Pool.Current.Config.Limits) is var result and not AdmissionResult.Admitted)
        {
            Close(result.Refusal(), "limited");
        }
    }

    private async ValueTask MailAsync(string argument)
    {
        var pool = _services.Pool.Current;
        if (_input.IsLeaving)
        {
            _services.Metrics.Command(SmtpVerb.Mail, 4);
            Close(Replies.Leaving, "leaving");
            return;
        }

        if (pool.Config.Limits.MaxMessagesPerConnection is > 0 and var most && _messages >= most)
        {
            _services.Metrics.Command(SmtpVerb.Mail, 4);
            Close(Replies.EnoughMessages, "quit");
            return;
        }

        if (_facts.Login is { } login && _login.Renewed(login) is var renewed && !ReferenceEquals(renewed, login))
        {
            _facts = _facts with { Login = renewed };
            if (_login.RefusalOf(SmtpVerb.Mail, _facts) is { } refusal)
            {
                Answer(SmtpVerb.Mail, refusal);
                return;
            }
        }

        if (PressureOn(pool) is var pressure and not PressureLevel.None)
        {
            await Task.Delay(SpoolPressure.Tarpit, _services.Sweep.Time, _input.WhenGone()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pressure == PressureLevel.Full && pool.StoresFirst)
            {
                Answer(SmtpVerb.Mail, Replies.NoRoom);
                return;
            }
        }

        var transaction = MailTransaction.Begin(_services, pool, _facts, _input, (_helo, _extended), argument, out var reply);
        if (transaction is not null)
        {
            _transaction = transaction;
            _state = SessionState.Mail;
        }

        Answer(SmtpVerb.Mail, reply);
    }

    // A spool in need of room slows down what would go into it, and nothing else.
    private PressureLevel PressureOn(PoolSnapshot pool) =>
        _services.Spool is { Level: not PressureLevel.None and var level } && (pool.StoresFirst || !pool.HasHub) ? level : PressureLevel.None;

    private async ValueTask RcptAsync(string argument)
    {
        if (_transaction!.AddRecipient(argument) is { } refusal)
        {
            // Replies go out in the order of the commands.
            await AnswerRecipientsAsync();
            Answer(SmtpVerb.Rcpt, refusal);
        }
    }

    private async ValueTask AnswerRecipientsAsync()
    {
        var replies = await _transaction!.AnswerRecipientsAsync();
        foreach (var reply in replies)
        {
            Answer(SmtpVerb.Rcpt, reply);
            if (reply.IsPositive)
            {
                _state = SessionState.Recipients;
            }
        }

        replies.Clear();
    }

    private async ValueTask DataAsync(string argument)
    {
        if (argument.Length != 0)
        {
            Answer(SmtpVerb.Data, Replies.NoArgumentAllowed);
            return;
        }

        Answer(SmtpVerb.Data, Replies.StartMail);
        if (!await _output.FlushAsync())
        {
            _closing = true;
            return;
        }

        await EndAsync(await _transaction!.ReceiveDataAsync());
    }

    private async ValueTask ChunkAsync(string argument)
    {
        if (!BdatCommand.TryParse(argument, out var size, out var last))
        {
            // Where the next command begins is anybody's guess now.
            Answer(SmtpVerb.Bdat, Replies.BadChunk);
            _closing = true;
            Result = "rejected";
            return;
        }

        var outcome = await _transaction!.ReceiveChunkAsync(size, last);
        if (outcome == BodyOutcome.Complete && !last)
        {
            _state = SessionState.Bdat;
            Answer(SmtpVerb.Bdat, new SmtpReply(250, 2, 0, 0, $"{size} octets received"));
            return;
        }

        await EndAsync(outcome, last);
    }

    private async ValueTask RefuseChunkAsync(string argument, SmtpReply refusal)
    {
        // The octets follow whatever the answer is (RFC 3030 §2): they are read and thrown away.
        var limit = _services.Pool.Current.Config.Limits.MaxMessageBytes * 2;
        if (!BdatCommand.TryParse(argument, out var size, out _) || size > limit || !await DiscardAsync(size))
        {
            _closing = true;
            Result = "rejected";
        }

        Answer(SmtpVerb.Bdat, refusal);
    }

    private async ValueTask<bool> DiscardAsync(long size)
    {
        var final = _services.Sweep.After(TimeSpan.FromSeconds(_services.Pool.Current.Config.Limits.IdleSeconds));
        while (true)
        {
            var taken = Math.Min(size, _input.Unread.Length);
            _input.Consume(taken);
            size -= taken;
            if (size == 0)
            {
                return true;
            }

            if (await _input.ReadAsync(final, long.MaxValue, mayLeave: false) != InputOutcome.Data)
            {
                return false;
            }
        }
    }

    private async ValueTask EndAsync(BodyOutcome outcome, bool last = true)
    {
        var verb = _state == SessionState.Bdat || !last ? SmtpVerb.Bdat : SmtpVerb.Data;
        var reply = await _transaction!.EndAsync(outcome);
        _messages++;
        _errors = reply is { IsPositive: true } ? 0 : _errors;
        EndTransaction(SessionState.Greeted);
        _closing = outcome is BodyOutcome.BareLineEnding or BodyOutcome.Endless or BodyOutcome.TimedOut or BodyOutcome.ClientGone;
        if (_closing)
        {
            Result = outcome switch
            {
                BodyOutcome.ClientGone => "closed",
                BodyOutcome.TimedOut => "timed_out",
                _ => "rejected",
            };
        }

        if (reply is null)
        {
            _closing = true;
            return;
        }

        Answer(verb, reply);
    }

    private void EndTransaction(SessionState next)
    {
        _transaction?.Dispose();
        _transaction = null;
        _state = next;
    }

    private void Answer(SmtpVerb verb, SmtpReply reply)
    {
        _services.Metrics.Command(verb, reply.Class);
        _errors += reply.IsPermanent ? 1 : 0;
        Write(reply);
    }

    private void Close(SmtpReply reply, string result)
    {
        Write(reply);
        Result = result;
        _closing = true;
    }

    private void Write(SmtpReply reply) => _output.Write(reply.Wire.Span);

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

        var final = _services.Sweep.After(StallAfter);
        for (var rounds = 0; rounds < 1024; rounds++)
        {
            _input.Consume(_input.Unread.Length);
            if (await _input.ReadAsync(final, long.MaxValue, mayLeave: false) != InputOutcome.Data)
            {
                return;
            }
        }
    }
}
