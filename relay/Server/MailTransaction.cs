using RelayOperator.Relay.Access;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One mail transaction of a session, from MAIL to its end: what the access rule allows, the envelope, the body, the
/// delivery, and the one line that is logged about it. Contract: <see cref="Dispose"/> without <see cref="EndAsync"/>
/// leaves no hub with a message.
/// </summary>
public sealed class MailTransaction : IDisposable
{
    private readonly SessionServices _services;
    private readonly SessionFacts _facts;
    private readonly SessionInput _input;
    private readonly PoolSnapshot _pool;
    private readonly AccessRule? _rule;
    private readonly Envelope _envelope;
    private readonly ITransactionDelivery _delivery;
    private readonly List<Recipient> _pending = new(1);
    private readonly List<SmtpReply> _replies = new(1);
    private readonly long _started;
    private readonly string _protocol;
    private BodyReceiver? _body;
    private SmtpReply? _refusal;
    private int _refused;
    private bool _logged;

    private MailTransaction(
        SessionServices services, PoolSnapshot pool, SessionFacts facts, SessionInput input, AccessRule? rule, Envelope envelope)
    {
        _services = services;
        _pool = pool;
        _facts = facts;
        _input = input;
        _rule = rule;
        _envelope = envelope;
        _protocol = !envelope.Mail.SmtpUtf8 ? envelope.ClientProtocol : $"UTF8SMTP{Suffix(facts)}"; // RFC 6531 §4.3
        _started = services.Sweep.Time.GetTimestamp();
        var route = rule is { Config.Route.Length: > 0 } ? pool.Routes.Named(rule.Config.Route) : null;
        _delivery = services.Spool is { Takes: true } && pool.StoresFirst
            ? new StoreAndForward(services.Spool, envelope, recipient => route ?? pool.Routes.For(recipient.Command.Path.Domain), route is not null, services.Memory, services.HandOn)
            : new CutThrough(services.Delivery, envelope, pool.Routes, route, services.Spool, services.NewBody);
    }

    /// <summary>The pool as it was when the transaction began.</summary>
    public PoolSnapshot Pool => _pool;

    /// <summary>A hub's connection is held: time to watch for a stalling client.</summary>
    public bool HoldsHub => _delivery.HoldsHub;

    /// <summary>Answers MAIL; null where it is refused.</summary>
    public static MailTransaction? Begin(
        SessionServices services,
        PoolSnapshot pool,
        SessionFacts facts,
        SessionInput input,
        (string Name, bool Extended) helo,
        string argument,
        out SmtpReply reply)
    {
        if (!MailCommand.TryParse(argument, out var mail, out var error))
        {
            reply = error!;
            return null;
        }

        var rule = pool.RuleOf(facts);
        reply = new EnvelopePolicy(rule, pool.Config.Limits.MaxMessageBytes).RefusalOf(mail!, facts.Tls, facts.Login) ?? Replies.SenderOk;
        if (!reply.IsPositive)
        {
            services.Metrics.Message(facts.Listener, Outcome(reply));
            services.Log.Transaction(new TransactionRecord
            {
                Id = services.Ids.Next(),
                Listener = facts.Listener,
                Client = facts.ClientText,
                Rule = rule?.Config.Name ?? "",
                User = facts.Login?.Name ?? "",
                Helo = helo.Name,
                Sender = mail!.Path.Address,
                Recipients = 0,
                Refused = 0,
                Bytes = 0,
                Hub = "",
                Attempts = 0,
                Result = Outcome(reply),
                Reply = reply.ToString(),
                Reason = "refused at MAIL",
                Seconds = 0,
            });
            return null;
        }

        var envelope = new Envelope
        {
            Id = services.Ids.Next(),
            Mail = mail!,
            ReceivedAt = services.Sweep.Time.GetUtcNow(),
            Listener = facts.Listener,
            ClientAddress = facts.Client,
            ClientHelo = helo.Name,
            ClientProtocol = Protocol(helo.Extended || facts.Login is not null, facts),
            WaitKey = facts.ClientText,
            ClientIsGone = input.IsGone,
            ClientWasReset = input.WasReset,
            Trace = TransactionTrace.Begin(services.Sweep.Time),
        };
        return new MailTransaction(services, pool, facts, input, rule, envelope);
    }

    /// <summary>
    /// Takes a RCPT, whose answer comes with <see cref="AnswerRecipientsAsync"/>; or returns the refusal that needs no
    /// hub, to be said after the answers that are still due.
    /// </summary>
    public SmtpReply? AddRecipient(string argument)
    {
        if (!RcptCommand.TryParse(argument, out var command, out var error))
        {
            return error;
        }

        var policy = new EnvelopePolicy(_rule, _pool.Config.Limits.MaxMessageBytes);
        if (policy.RefusalOf(command!, _envelope.Mail, _envelope.Recipients.Count + _pending.Count) is { } refusal)
        {
            _refusal = refusal;
            _refused++;
            return refusal;
        }

        _pending.Add(new Recipient(command!));
        return null;
    }

    /// <summary>The answers to all recipients that wait for one.</summary>
    public async ValueTask<List<SmtpReply>> AnswerRecipientsAsync()
    {
        _replies.Clear();
        if (_pending.Count == 0)
        {
            return _replies;
        }

        await _delivery.AddRecipientsAsync(_pending);
        foreach (var recipient in _pending)
        {
            _replies.Add(recipient.Told!);
            if (recipient.IsAccepted)
            {
                _envelope.Recipients.Add(recipient);
            }
            else
            {
                _refusal = recipient.Told;
                _refused++;
            }
        }

        _pending.Clear();
        return _replies;
    }

    /// <summary>Gives the hub's connection back while the client thinks.</summary>
    public void GiveBack() => _delivery.GiveBack();

    public async ValueTask<BodyOutcome> ReceiveDataAsync()
    {
        await BeginBodyAsync(chunked: false);
        _input.Widen();
        var outcome = await _body!.ReceiveDataAsync();
        _input.Narrow();
        return outcome;
    }

    public async ValueTask<BodyOutcome> ReceiveChunkAsync(long size, bool last)
    {
        if (_body is null)
        {
            await BeginBodyAsync(chunked: true);
        }

        _input.Widen();
        var outcome = await _body!.ReceiveChunkAsync(size, last);
        _input.Narrow();
        return outcome;
    }

    /// <summary>Ends the transaction: delivers what is whole, refuses what is not. Null where nobody is left to be told.</summary>
    public async ValueTask<SmtpReply?> EndAsync(BodyOutcome outcome)
    {
        if (outcome != BodyOutcome.Complete)
        {
            _delivery.GiveBack();
            var (refusal, reason) = Refused(outcome);
            Log(new TransactionResult(refusal, "", _delivery.Attempts, reason));
            return refusal;
        }

        var result = await _delivery.FinishAsync(_body!.TotalBytes, _body.MessageId);
        Log(result);
        return result.Reply;
    }

    public void Dispose()
    {
        _delivery.Dispose();
        _body?.Dispose();
        if (_logged)
        {
            return;
        }

        Log(_refusal is not null && _envelope.Recipients.Count == 0
            ? new TransactionResult(_refusal, "", _delivery.Attempts, "every recipient was refused")
            : new TransactionResult(null, "", _delivery.Attempts, _input.IsGone() ? "the client went away" : "given up by the client"));
    }

    private async ValueTask BeginBodyAsync(bool chunked)
    {
        var config = _pool.Config;
        var limits = new BodyLimits(
            _rule!.Config.MaxMessageBytes,
            config.Delivery.MaxHops,
            config.Limits.IdleSeconds,
            _rule.Config.BareLineEndings,
            config.Uid);
        var received = new ReceivedFacts(
            _envelope.ClientHelo,
            _facts.Client,
            config.HeloName,
            config.Uid,
            _protocol,
            _envelope.Id,
            _services.Sweep.Time.GetUtcNow(),
            _facts.Tls?.Comment ?? "");
        var repair = _rule.Config.HeaderRepair is { } asked ? new HeaderRepair(asked, received, _pool.Access.IsHidden(_facts.Client)) : null;
        _body = new BodyReceiver(_input, _services.Sweep, _delivery, _delivery.BeginBody(), limits, chunked, repair);
        await _body.BeginAsync(received);
    }

    // RFC 3848, which has no name of its own for HELO over TLS; the pattern gives it one.
    private static string Protocol(bool extended, SessionFacts facts) => extended ? $"ESMTP{Suffix(facts)}" : $"SMTP{Suffix(facts)}";

    private static string Suffix(SessionFacts facts) => (facts.Tls, facts.Login) switch
    {
        (null, null) => "",
        (not null, null) => "S",
        (null, not null) => "A",
        _ => "SA",
    };

    private static (SmtpReply? Reply, string Reason) Refused(BodyOutcome outcome) => outcome switch
    {
        BodyOutcome.TooLarge or BodyOutcome.Endless => (Replies.TooLarge, "larger than allowed"),
        BodyOutcome.NoRoom => (Replies.NoRoom, "no room to keep the message"),
        BodyOutcome.Loop => (Replies.TooManyHops, "too many Received fields"),
        BodyOutcome.BareLineEnding => (Replies.BareLineEnding, "bare CR or LF in the message"),
        BodyOutcome.Nul => (Replies.Nul, "NUL in the message"),
        BodyOutcome.TimedOut => (Replies.TimedOut, "the client was too slow"),
        _ => (null, "the client went away inside its data"),
    };

    private static string Outcome(SmtpReply? reply, bool isQueued = false) => reply switch
    {
        { IsPositive: true } when isQueued => "queued",
        { IsPositive: true } => "delivered",
        { IsPermanent: true } => "rejected",
        { } => "deferred",
        null => "abandoned",
    };

    private void Log(TransactionResult result)
    {
        _logged = true;
        var seconds = _services.Sweep.Time.GetElapsedTime(_started).TotalSeconds;
        var outcome = Outcome(result.Reply, result.IsQueued);
        _services.Metrics.Message(_facts.Listener, outcome);
        if (_body is not null)
        {
            _services.Metrics.MessageBytes(_body.ContentBytes);
            _services.Metrics.TransactionSeconds(seconds);
        }

        var record = new TransactionRecord
        {
            Id = _envelope.Id,
            Listener = _facts.Listener,
            Client = _facts.ClientText,
            Rule = _rule?.Config.Name ?? "",
            User = _facts.Login?.Name ?? "",
            Helo = _envelope.ClientHelo,
            Sender = _envelope.Mail.Path.Address,
            Recipients = _envelope.Recipients.Count,
            Refused = _refused,
            Bytes = _body?.ContentBytes ?? 0,
            Hub = result.Hub,
            Attempts = result.Attempts,
            Result = outcome,
            Reply = result.Reply?.ToString() ?? "",
            Reason = result.Reason,
            Seconds = seconds,
        };
        _services.Log.Transaction(record);
        Track(result, seconds);
        _envelope.Trace?.End(_body?.TraceParent, record);
    }

    private void Track(TransactionResult result, double seconds)
    {
        if (_services.Tracking is not { } tracking || result.Reply is not { IsPositive: true } reply)
        {
            return;
        }

        var received = new TrackingEvent
        {
            Kind = TrackingEventKind.Receive,
            Id = _envelope.Id,
            MessageId = _body?.MessageId,
            Sender = _envelope.Mail.Path.Address,
            Recipients = Addresses(static recipient => recipient.IsAccepted),
            Reply = reply.ToString(),
            Client = _facts.ClientText,
            Helo = _envelope.ClientHelo,
            Tls = _facts.Tls?.Text,
            User = _facts.Login?.Name,
            Bytes = _body?.ContentBytes,
            Seconds = seconds,
        };
        tracking.Add(received);
        if (!result.IsQueued)
        {
            tracking.Add(received with { Kind = TrackingEventKind.Send, Tls = null, User = null, Recipients = Addresses(static recipient => recipient.IsForHub), Hub = result.Hub, Attempt = 1 });
        }
    }

    private List<string> Addresses(Predicate<Recipient> wanted)
    {
        List<string> addresses = new(_envelope.Recipients.Count);
        foreach (var recipient in _envelope.Recipients)
        {
            if (wanted(recipient))
            {
                addresses.Add(recipient.Command.Path.Address);
            }
        }

        return addresses;
    }
}
