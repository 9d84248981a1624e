using System.Buffers;
using System.Runtime.CompilerServices;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Server;

/// <summary>
/// Receives one message, by DATA or as BDAT chunks: decodes, counts, scans the header, keeps it, and streams it to the
/// transaction's hub once it is larger than what is gathered. What is refused on the way is still read to its end, so
/// that the session stays in step.
/// </summary>
public sealed class BodyReceiver : IDisposable
{
    // A client earns one second for each of these; slower than that for long, and it is cut off.
    private const int BytesPerSecondAtLeast = 1024;

    // Below this, a client that holds a slot of a busy hub has to deliver its message to us first.
    private const int QuickBytesPerSecond = 1024 * 1024;

    // After so much of one message the thread that serves its socket is free for others.
    private const int TurnBytes = 256 * 1024;

    private const int ScratchBytes = 16 * 1024;

    private static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(1);

    private readonly SessionInput _input;
    private readonly DeadlineSweep _sweep;
    private readonly ITransactionDelivery _delivery;
    private readonly BodyLimits _limits;
    private readonly HeaderScanner _header;
    private readonly DataDecoder? _data;
    private readonly BdatEncoder? _bdat;
    private readonly HeaderRepair? _repair;
    private readonly long _started;
    private BodyOutcome _refusal = BodyOutcome.Complete;
    private long _received;
    private long _turnEnds = TurnBytes;
    private int _ownBytes;

    /// <param name="input">The client.</param>
    /// <param name="sweep">For time-outs.</param>
    /// <param name="delivery">The transaction.</param>
    /// <param name="body">Where the message is kept.</param>
    /// <param name="limits">What it may be.</param>
    /// <param name="chunked">BDAT rather than DATA.</param>
    /// <param name="repair">Rewrites the header; null where it passes as it is.</param>
    public BodyReceiver(
        SessionInput input, DeadlineSweep sweep, ITransactionDelivery delivery, IReceivedBody body, BodyLimits limits, bool chunked, HeaderRepair? repair)
    {
        _input = input;
        _sweep = sweep;
        _delivery = delivery;
        Body = body;
        _limits = limits;
        _header = new HeaderScanner(limits.PoolUid);
        _data = chunked ? null : new DataDecoder(limits.BareLineEndings);
        _bdat = chunked ? new BdatEncoder(limits.BareLineEndings) : null;
        _repair = repair;
        _started = sweep.Time.GetTimestamp();
    }

    public IReceivedBody Body { get; }

    /// <summary>Octets of the client's message, dots unstuffed.</summary>
    public long ContentBytes => _data?.ContentBytes ?? _bdat!.ContentBytes;

    /// <summary>Octets with the relay's own fields: what hubs are told as SIZE.</summary>
    public long TotalBytes => ContentBytes + _ownBytes;

    /// <summary>The message's own id; "" where it has none.</summary>
    public string MessageId => _header.MessageId ?? "";

    /// <summary>W3C trace context that the message carries; null without one.</summary>
    public string? TraceParent => _header.TraceParent;

    /// <summary>Puts the relay's own Received field in front, and what else belongs there.</summary>
    public async ValueTask BeginAsync(ReceivedFacts facts)
    {
        if (await Body.MakeRoomAsync(1, _input.WhenGone))
        {
            var room = Body.Room.Span;
            _ownBytes = ReceivedField.Format(room, facts);
            if (_repair is not null)
            {
                _repair.Front.Span.CopyTo(room[_ownBytes..]);
                _ownBytes += _repair.Front.Length;
            }

            Body.Advance(_ownBytes);
        }
        else
        {
            _refusal = BodyOutcome.NoRoom;
        }
    }

    /// <summary>Reads a DATA body up to its final dot.</summary>
    public async ValueTask<BodyOutcome> ReceiveDataAsync()
    {
        while (true)
        {
            while (!_input.Unread.IsEmpty)
            {
                var status = await TakeAsync(_input.Unread.First);
                if (status == DataStatus.End)
                {
                    return Ended();
                }

                if (Abort(status) is { } outcome)
                {
                    return outcome;
                }
            }

            if (await WaitAsync() is { } ended)
            {
                return ended;
            }
        }
    }

    /// <summary>Reads one BDAT chunk of so many octets (RFC 3030 §2).</summary>
    public async ValueTask<BodyOutcome> ReceiveChunkAsync(long size, bool last)
    {
        while (size > 0)
        {
            while (size > 0 && !_input.Unread.IsEmpty)
            {
                var piece = _input.Unread.First;
                var before = _received;
                var status = await TakeAsync(piece.Length > size ? piece[..(int)size] : piece);
                size -= _received - before;
                if (Abort(status) is { } outcome)
                {
                    return outcome;
                }
            }

            if (size > 0 && await WaitAsync() is { } ended)
            {
                return ended;
            }
        }

        return last ? await CompleteChunksAsync() : Ended();
    }

    public void Dispose() => Body.Dispose();

    private async ValueTask<BodyOutcome> CompleteChunksAsync()
    {
        DataStatus status;
        while ((status = Decode(default, last: true)) == DataStatus.OutputFull)
        {
            await MakeRoomAsync();
        }

        return status == DataStatus.BareLineEnding ? BodyOutcome.BareLineEnding : Ended();
    }

    private async ValueTask<DataStatus> TakeAsync(ReadOnlyMemory<byte> piece)
    {
        var status = Decode(piece.Span, last: false);
        if (_refusal == BodyOutcome.Complete && ContentBytes > _limits.MaxMessageBytes)
        {
            Refuse(BodyOutcome.TooLarge);
        }

        if (_refusal == BodyOutcome.Complete && (_data?.HasNul ?? _bdat!.HasNul))
        {
            Refuse(BodyOutcome.Nul);
        }

        // The fields so far; the relay's own is not among them.
        if (_refusal == BodyOutcome.Complete && (_header.Hops > _limits.MaxHops || _header.OwnHops >= 2))
        {
            Refuse(BodyOutcome.Loop);
        }

        if (status == DataStatus.OutputFull)
        {
            await MakeRoomAsync();
        }

        return status;
    }

    // One step of decoding into the room there is; what is refused goes to scratch memory instead.
    private DataStatus Decode(ReadOnlySpan<byte> piece, bool last)
    {
        if (_refusal != BodyOutcome.Complete)
        {
            var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
            try
            {
                return Step(piece, scratch, last, out _);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(scratch);
            }
        }

        var room = Body.Room.Span;
        var status = _repair is { Done: false } ? StepRepaired(piece, room, last, out var written) : Step(piece, room, last, out written);
        if (!_header.Done)
        {
            _header.Feed(room[..written]);
        }

        Body.Advance(written);
        return status;
    }

    // Through scratch memory: what comes out may be longer than what went in, or shorter.
    private DataStatus StepRepaired(ReadOnlySpan<byte> piece, Span<byte> room, bool last, out int written)
    {
        written = 0;
        var most = room.Length - _repair!.Growth;
        if (most < DataDecoder.MinimumOutput)
        {
            return DataStatus.OutputFull;
        }

        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            var status = Step(piece, scratch.AsSpan(0, Math.Min(most, ScratchBytes)), last, out var decoded);
            written = _repair.Rewrite(scratch.AsSpan(0, decoded), room);
            if (status == DataStatus.End || (last && status == DataStatus.NeedMore))
            {
                written += _repair.Complete(room[written..]);
            }

            _ownBytes += written - decoded;
            return status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private DataStatus Step(ReadOnlySpan<byte> piece, Span<byte> room, bool last, out int written)
    {
        written = 0;
        if (last)
        {
            return _bdat!.Complete(room, out written);
        }

        if (room.Length < DataDecoder.MinimumOutput)
        {
            return DataStatus.OutputFull;
        }

        var status = _data is not null
            ? _data.Decode(piece, room, out var consumed, out written)
            : _bdat!.Encode(piece, room, out consumed, out written);
        _input.Consume(consumed);
        _received += consumed;
        return status;
    }

    private async ValueTask MakeRoomAsync()
    {
        if (_refusal != BodyOutcome.Complete)
        {
            return;
        }

        var wasLarge = Body.IsLarge;
        if (wasLarge && _delivery.IsStreaming)
        {
            await _delivery.StreamAsync();
        }

        if (!await Body.MakeRoomAsync(Progress(), _input.WhenGone))
        {
            Refuse(BodyOutcome.NoRoom);
        }
        else if (!wasLarge && Body.IsLarge && _delivery.HoldsHub)
        {
            if (_delivery.HubIsBusy && IsSlow())
            {
                _delivery.GiveBack();
            }
            else
            {
                await _delivery.BeginStreamAsync();
            }
        }
    }

    private void Refuse(BodyOutcome outcome)
    {
        _refusal = outcome;
        _delivery.GiveBack();
        Body.Dispose();
    }

    private BodyOutcome Ended() => _refusal;

    private BodyOutcome? Abort(DataStatus status) => status switch
    {
        DataStatus.BareLineEnding => BodyOutcome.BareLineEnding,
        _ when _refusal != BodyOutcome.Complete && ContentBytes > _limits.MaxMessageBytes * 2 + BodyLimits.Leeway => BodyOutcome.Endless,
        _ => null,
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<BodyOutcome?> WaitAsync()
    {
        if (_received >= _turnEnds)
        {
            _turnEnds = _received + TurnBytes;
            await Task.Yield();
        }

        var earned = TimeSpan.FromSeconds(_limits.IdleSeconds + ((double)_received / BytesPerSecondAtLeast));
        var final = Math.Min(
            _sweep.After(TimeSpan.FromSeconds(_limits.IdleSeconds)),
            _started + (long)(earned.TotalSeconds * _sweep.Time.TimestampFrequency));
        while (true)
        {
            var stall = _delivery.HoldsHub ? _sweep.After(StallAfter) : long.MaxValue;
            switch (await _input.ReadAsync(final, stall, mayLeave: false))
            {
                case InputOutcome.Data:
                    // Who sends an octet now and then never stalls, and holds up as many.
                    if (IsSlow() && _delivery.HubIsBusy)
                    {
                        _delivery.GiveBack();
                    }

                    return null;
                case InputOutcome.Stalled:
                    if (!_delivery.IsStreaming || _delivery.HubIsBusy)
                    {
                        _delivery.GiveBack();
                    }

                    break;
                case InputOutcome.TimedOut:
                    return BodyOutcome.TimedOut;
                default:
                    return BodyOutcome.ClientGone;
            }
        }
    }

    private double Seconds() => _sweep.Time.GetElapsedTime(_started).TotalSeconds;

    // Judged once there is a second to judge by.
    private bool IsSlow()
    {
        var seconds = Seconds();
        return seconds >= 1 && _received < seconds * QuickBytesPerSecond;
    }

    private double Progress() => _received / Math.Max(0.001, Seconds()) / Math.Max(1, Body.Length);
}
