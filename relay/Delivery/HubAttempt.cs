using System.Buffers;
using System.Runtime.CompilerServices;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// One transaction's try at one hub: a slot of the hub's concurrency and a connection, from MAIL to the verdict.
/// Contract: nothing but <see cref="FinishAsync"/> ever sends the final dot; whoever ends an attempt earlier than that
/// leaves the hub without a message. <see cref="Release"/> must be called, whatever happened, or <see cref="DiscardConnection"/>.
/// </summary>
public sealed class HubAttempt(HubSlot slot, HubConnection connection, DeliveryClock clock, AttemptTrace? trace)
{
    private static readonly HubAnswer Introduced = new SmtpReply(250, 2, 0, 0, "Ok");

    private Task<HubAnswer>? _early;
    private bool _open;
    private bool _broken;
    private bool _released;
    private volatile bool _dotSent;
    private volatile bool _hasAll;

    public Hub Hub => slot.Hub;

    /// <summary>No hub was healthy when this one was asked.</summary>
    public bool IsTrial => slot.IsTrial;

    public HubConnection Connection => connection;

    /// <summary>The hub has been told DATA: only the dot or closing the connection ends that.</summary>
    public bool DataBegun { get; private set; }

    /// <summary>How long the verdict took, in ticks of the clock; 0 where the final dot was not sent.</summary>
    public long VerdictTicks { get; private set; }

    /// <summary>The hub has been sent all of it, the final dot included: only its verdict is missing.</summary>
    public bool HasAll => _hasAll;

    /// <summary>The dot was not sent because the client is gone.</summary>
    public bool WithheldDot { get; private set; }

    /// <summary>The connection had served before: that it is closed by now says nothing against the hub.</summary>
    public bool WasPooled { get; } = !connection.Fresh;

    /// <summary>Tells a hub that wants it whom it serves (XCLIENT); costs nothing where the hub was told the same before.</summary>
    public ValueTask<HubAnswer> IntroduceAsync(Envelope envelope) =>
        Hub.Config.SendXclient && connection.Capabilities.Has(HubExtensions.Xclient)
            ? Xclient.SendAsync(connection, Hub.Connections.Connector.HeloName, envelope.ClientAddress, envelope.ClientHelo, envelope.ClientProtocol)
            : new(Introduced);

    /// <summary>Sends MAIL and every RCPT, pipelined where the hub offers it, and reads every reply before any is judged.</summary>
    /// <returns>The answer to MAIL; <paramref name="answers"/> gets one for each recipient that was asked.</returns>
    public async ValueTask<HubAnswer> OpenAsync(
        Envelope envelope, List<Recipient> recipients, long size, ArrayBufferWriter<byte> text, List<HubAnswer> answers)
    {
        answers.Clear();
        text.Clear();
        var asked = connection.Capabilities;
        EnvelopeWriter.Mail(text, envelope.Mail, asked, Hub.Config.Credentials is not null, size);
        if (!asked.Has(HubExtensions.Pipelining))
        {
            var reply = await AskAsync(text, HubPhase.Mail);
            _open = reply is { Reply.IsPositive: true };
            return _open && await RecipientsAsync(recipients, 0, text, answers) is { } fault ? fault : reply;
        }

        foreach (var recipient in recipients)
        {
            EnvelopeWriter.Rcpt(text, recipient.Command, asked);
        }

        var mail = await AskAsync(text, HubPhase.Mail);
        if (!mail.HasReply)
        {
            return mail;
        }

        _open = mail.Reply.IsPositive;
        for (var i = 0; i < recipients.Count; i++)
        {
            var answer = await ReadAsync(i == 0 ? HubPhase.FirstRcpt : HubPhase.LaterRcpt);
            answers.Add(answer);
            if (!answer.HasReply)
            {
                break;
            }
        }

        return mail;
    }

    /// <summary>Asks for more recipients on an open transaction.</summary>
    public async ValueTask AddAsync(
        List<Recipient> recipients, int before, ArrayBufferWriter<byte> text, List<HubAnswer> answers)
    {
        answers.Clear();
        text.Clear();
        if (!connection.Capabilities.Has(HubExtensions.Pipelining))
        {
            await RecipientsAsync(recipients, before, text, answers);
            return;
        }

        foreach (var recipient in recipients)
        {
            EnvelopeWriter.Rcpt(text, recipient.Command, connection.Capabilities);
        }

        var fault = await WriteAsync(text.WrittenMemory);
        for (var i = 0; i < recipients.Count; i++)
        {
            HubAnswer answer = fault != HubFault.None
                ? fault
                : await ReadAsync(i + before == 0 ? HubPhase.FirstRcpt : HubPhase.LaterRcpt);
            answers.Add(answer);
            if (!answer.HasReply)
            {
                return;
            }
        }
    }

    /// <summary>Sends DATA and waits for 354.</summary>
    public async ValueTask<HubAnswer> BeginDataAsync()
    {
        var started = clock.Time.GetTimestamp();
        var fault = await WriteAsync(EnvelopeWriter.DataCommand);
        if (fault != HubFault.None)
        {
            return fault;
        }

        var answer = await ReadAsync(HubPhase.Data);
        DataBegun = answer is { Reply.Code: 354 };
        clock.Observe(Hub, HubPhase.Data, started);
        return answer;
    }

    /// <summary>
    /// Writes what is kept so far and goes on reading while later pieces are written, so that an early refusal is seen.
    /// </summary>
    public async ValueTask<HubAnswer?> BeginStreamAsync(IHubBody body)
    {
        _early = ReadEarlyAsync();
        var fault = await body.SendAsync(connection, dot: false);
        return await EarlyAsync(fault);
    }

    /// <summary>Writes the piece that lies in the body's tail; null while the hub says nothing, as it should.</summary>
    public async ValueTask<HubAnswer?> StreamAsync(IHubBody body) =>
        await EarlyAsync(await body.SendTailAsync(connection, dot: false));

    /// <summary>Sends what is missing of the body and the final dot, and waits for the verdict.</summary>
    /// <param name="body">The whole message.</param>
    /// <param name="deadline">Until when the body has to be written, as a timestamp.</param>
    /// <param name="clientWasReset">Asked right before the dot: a client that is gone gets nothing sent.</param>
    /// <returns>The phase that the answer belongs to, and the answer.</returns>
    public async ValueTask<(HubPhase Phase, HubAnswer Answer)> FinishAsync(
        IHubBody body, long deadline, Func<bool> clientWasReset)
    {
        if (!DataBegun)
        {
            var begun = await BeginDataAsync();
            if (!DataBegun)
            {
                return (HubPhase.Data, begun);
            }
        }

        connection.NotAfter = deadline;
        var streamed = _early is not null;
        if (body.IsLarge && !streamed && await BeginStreamAsync(body) is { } early)
        {
            return (HubPhase.Body, early);
        }

        if (clientWasReset())
        {
            WithheldDot = true;
            return (HubPhase.Body, HubFault.Abandoned);
        }

        if (_early is { IsCompleted: true })
        {
            return (HubPhase.Body, await TakeEarlyAsync());
        }

        if (_early is null && connection.HasBufferedInput)
        {
            // Taken for the verdict, what a hub says before the dot would forge a 250.
            _broken = true;
            return (HubPhase.Body, await ReadAsync(HubPhase.Data));
        }

        var started = clock.Time.GetTimestamp();
        _dotSent = true;
        connection.BeginVerdict();
        var fault = (body.IsLarge, streamed) switch
        {
            (true, false) => await connection.WriteAsync(EnvelopeWriter.EndOfData, CancellationToken.None),
            (true, true) => await body.SendTailAsync(connection, dot: true),
            _ => await body.SendAsync(connection, dot: true),
        };
        _hasAll = fault == HubFault.None;
        var verdict = fault != HubFault.None ? await LastWordsAsync(HubPhase.Dot, fault)
            : _early is not null ? await TakeEarlyAsync()
            : await ReadAsync(HubPhase.Dot);
        VerdictTicks = clock.Time.GetTimestamp() - started;
        connection.EndVerdict();
        if (verdict.HasReply)
        {
            clock.Observe(Hub, HubPhase.Dot, started);
            DataBegun = false;
            _open = false;
        }

        return (HubPhase.Dot, verdict);
    }

    /// <summary>
    /// Ends the attempt: the connection goes back to its pool if it is in step (after RSET where a transaction is open),
    /// and is closed otherwise; the slot is free afterwards. Does not wait; a second time does nothing.
    /// </summary>
    public void Release(bool delivered)
    {
        if (_released)
        {
            return;
        }

        _released = true;
        trace?.End(delivered);
        if (delivered)
        {
            connection.Messages++;
        }

        if (_broken || DataBegun || connection.IsDead)
        {
            Hub.Connections.Discard(connection);
            slot.Dispose();
        }
        else if (_open)
        {
            _ = ResetAndReturnAsync();
        }
        else
        {
            Hub.Connections.Return(connection);
            slot.Dispose();
        }
    }

    /// <summary>Ends the attempt, keeps the slot: a fresh connection to the same hub is to take its place.</summary>
    public HubSlot DiscardConnection()
    {
        _released = true;
        trace?.End(delivered: false);
        Hub.Connections.Discard(connection);
        return slot;
    }

    private async Task ResetAndReturnAsync()
    {
        try
        {
            var fault = await WriteAsync(EnvelopeWriter.Reset);
            var answer = fault == HubFault.None ? await ReadAsync(HubPhase.Rset) : fault;
            if (answer is { Reply.IsPositive: true })
            {
                Hub.Connections.Return(connection);
            }
            else
            {
                Hub.Connections.Discard(connection);
            }
        }
        finally
        {
            slot.Dispose();
        }
    }

    private async ValueTask<HubAnswer?> RecipientsAsync(
        List<Recipient> recipients, int before, ArrayBufferWriter<byte> text, List<HubAnswer> answers)
    {
        for (var i = 0; i < recipients.Count; i++)
        {
            text.Clear();
            EnvelopeWriter.Rcpt(text, recipients[i].Command, connection.Capabilities);
            var answer = await AskAsync(text, i + before == 0 ? HubPhase.FirstRcpt : HubPhase.LaterRcpt);
            answers.Add(answer);
            if (!answer.HasReply)
            {
                return answer;
            }
        }

        return null;
    }

    private async ValueTask<HubAnswer> AskAsync(ArrayBufferWriter<byte> text, HubPhase phase)
    {
        var fault = await WriteAsync(text.WrittenMemory);
        return fault == HubFault.None ? await ReadAsync(phase) : await LastWordsAsync(phase, fault);
    }

    private async ValueTask<HubFault> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var fault = await connection.WriteAsync(bytes, CancellationToken.None);
        _broken |= fault != HubFault.None;
        return fault;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HubAnswer> ReadAsync(HubPhase phase)
    {
        var answer = await connection.ReadReplyAsync(phase, CancellationToken.None);
        Note(phase, answer);
        return answer;
    }

    // A hub that has something to say while the body is written may have stopped reading: then only this ends the write.
    private async Task<HubAnswer> ReadEarlyAsync()
    {
        var answer = await connection.ReadReplyAsync(HubPhase.Body, CancellationToken.None);
        if (!_dotSent)
        {
            connection.Abandon(HubFault.Unsolicited);
        }

        return answer;
    }

    // After a fault, 421 or a reply that does not fit its command, nothing that follows can be relied on.
    private void Note(HubPhase phase, HubAnswer answer)
    {
        trace?.Answered(phase, answer);
        _broken |= !answer.HasReply || answer.Reply.Code == 421
            || AnswerTable.Judge(phase, answer).Effect == HealthEffect.ProtocolError;
    }

    // A hub that refuses and closes makes the write fail; its reason may still lie in the input.
    private async ValueTask<HubAnswer> LastWordsAsync(HubPhase phase, HubFault fault)
    {
        var answer = _early is not null ? await TakeEarlyAsync() : await ReadAsync(phase);
        _broken = true;
        return answer.HasReply && !answer.Reply.IsPositive ? answer : fault;
    }

    private async ValueTask<HubAnswer?> EarlyAsync(HubFault fault)
    {
        if (fault == HubFault.None && _early is not { IsCompleted: true })
        {
            return null;
        }

        _broken = true;
        return fault != HubFault.None ? await LastWordsAsync(HubPhase.Body, fault) : await TakeEarlyAsync();
    }

    private async ValueTask<HubAnswer> TakeEarlyAsync()
    {
        var answer = await _early!;
        _early = null;
        Note(_dotSent ? HubPhase.Dot : HubPhase.Body, answer);
        return answer;
    }
}
