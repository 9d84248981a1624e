using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Server;

/// <summary>The commands of a mail transaction, and the state that each of them leaves the session in.</summary>
/// <param name="services">What all sessions share.</param>
/// <param name="input">What the client sends.</param>
/// <param name="replies">What it hears.</param>
/// <param name="client">Who it is.</param>
public sealed class MailCommands(SessionServices services, SessionInput input, SessionReplies replies, SessionClient client) : IDisposable
{
    private MailTransaction? _transaction;
    private int _messages;

    public SessionState State { get; private set; } = SessionState.Connected;

    /// <summary>The transaction that is open; null between transactions. Read from other threads too.</summary>
    public MailTransaction? Transaction => Volatile.Read(ref _transaction);

    /// <summary>Ends the transaction that is open, if there is one, undelivered.</summary>
    public void Leave(SessionState next)
    {
        _transaction?.Dispose();
        _transaction = null;
        State = next;
    }

    /// <summary>MAIL: begins a transaction, where the client may.</summary>
    public async ValueTask MailAsync(string argument)
    {
        var pool = services.Pool.Current;
        if (input.IsLeaving)
        {
            replies.Close(SmtpVerb.Mail, Replies.Leaving, "leaving");
            return;
        }

        if (pool.Config.Limits.MaxMessagesPerConnection is > 0 and var most && _messages >= most)
        {
            replies.Close(SmtpVerb.Mail, Replies.EnoughMessages, "quit");
            return;
        }

        if (client.RenewLogin() is { } refusal)
        {
            replies.Answer(SmtpVerb.Mail, refusal);
            return;
        }

        if (PressureOn(pool) is var pressure and not PressureLevel.None)
        {
            await Task.Delay(SpoolPressure.Tarpit, services.Sweep.Time, input.WhenGone()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pressure == PressureLevel.Full && pool.StoresFirst)
            {
                replies.Answer(SmtpVerb.Mail, Replies.NoRoom);
                return;
            }
        }

        var transaction = MailTransaction.Begin(services, pool, client.Facts, input, (client.Helo, client.IsExtended), argument, out var reply);
        if (transaction is not null)
        {
            _transaction = transaction;
            State = SessionState.Mail;
        }

        replies.Answer(SmtpVerb.Mail, reply);
    }

    /// <summary>RCPT: one more recipient; the answers come with <see cref="AnswerRecipientsAsync"/>.</summary>
    public async ValueTask RcptAsync(string argument)
    {
        if (_transaction!.AddRecipient(argument) is { } refusal)
        {
            // Replies go out in the order of the commands.
            await AnswerRecipientsAsync();
            replies.Answer(SmtpVerb.Rcpt, refusal);
        }
    }

    /// <summary>Answers the recipients that wait for it; before anything else is answered or waited for.</summary>
    public async ValueTask AnswerRecipientsAsync()
    {
        if (_transaction is null)
        {
            return;
        }

        var answers = await _transaction.AnswerRecipientsAsync();
        foreach (var reply in answers)
        {
            replies.Answer(SmtpVerb.Rcpt, reply);
            if (reply.IsPositive)
            {
                State = SessionState.Recipients;
            }
        }

        answers.Clear();
    }

    /// <summary>DATA: takes the message, and answers it.</summary>
    public async ValueTask DataAsync(string argument)
    {
        if (argument.Length != 0)
        {
            replies.Answer(SmtpVerb.Data, Replies.NoArgumentAllowed);
            return;
        }

        replies.Answer(SmtpVerb.Data, Replies.StartMail);
        if (!await replies.FlushAsync())
        {
            return;
        }

        await EndAsync(await _transaction!.ReceiveDataAsync());
    }

    /// <summary>BDAT: takes a chunk, and with the last one answers the message.</summary>
    public async ValueTask ChunkAsync(string argument)
    {
        if (!BdatCommand.TryParse(argument, out var size, out var last))
        {
            // Where the next command begins is anybody's guess now.
            replies.Close(SmtpVerb.Bdat, Replies.BadChunk, "rejected");
            return;
        }

        var outcome = await _transaction!.ReceiveChunkAsync(size, last);
        if (outcome == BodyOutcome.Complete && !last)
        {
            State = SessionState.Bdat;
            replies.Answer(SmtpVerb.Bdat, new SmtpReply(250, 2, 0, 0, $"{size} octets received"));
            return;
        }

        await EndAsync(outcome, last);
    }

    /// <summary>BDAT where it may not come. The octets follow whatever the answer is (RFC 3030 §2): they are read and thrown away.</summary>
    public async ValueTask RefuseChunkAsync(string argument, SmtpReply refusal)
    {
        var limit = services.Pool.Current.Config.Limits.MaxMessageBytes * 2;
        if (!BdatCommand.TryParse(argument, out var size, out _) || size > limit || !await input.SkipAsync(size, Due()))
        {
            replies.End("rejected");
        }

        replies.Answer(SmtpVerb.Bdat, refusal);
    }

    public void Dispose() => _transaction?.Dispose();

    // A spool in need of room slows down what would go into it, and nothing else.
    private PressureLevel PressureOn(PoolSnapshot pool) =>
        services.Spool is { Level: not PressureLevel.None and var level } && (pool.StoresFirst || !pool.HasHub) ? level : PressureLevel.None;

    private async ValueTask EndAsync(BodyOutcome outcome, bool last = true)
    {
        var verb = State == SessionState.Bdat || !last ? SmtpVerb.Bdat : SmtpVerb.Data;
        var reply = await _transaction!.EndAsync(outcome);
        _messages++;
        Leave(SessionState.Greeted);
        if (outcome is BodyOutcome.BareLineEnding or BodyOutcome.Endless or BodyOutcome.TimedOut or BodyOutcome.ClientGone)
        {
            replies.End(outcome switch
            {
                BodyOutcome.ClientGone => "closed",
                BodyOutcome.TimedOut => "timed_out",
                _ => "rejected",
            });
        }

        if (reply is null)
        {
            replies.End(replies.Result);
            return;
        }

        if (reply.IsPositive)
        {
            replies.Forgive();
        }

        replies.Answer(verb, reply);
    }

    private long Due() => services.Sweep.After(TimeSpan.FromSeconds(services.Pool.Current.Config.Limits.IdleSeconds));
}
