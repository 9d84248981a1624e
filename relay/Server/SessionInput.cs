using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Server;

/// <summary>
/// What the client sends, with every way in which waiting for it can end. One reader; <see cref="Leave"/> and
/// <see cref="Expire"/> come from other threads.
/// </summary>
public sealed class SessionInput : IDeadline, IDisposable
{
    private readonly ConnectionContext _connection;
    private readonly PipeReader _reader;
    private readonly DeadlineSweep _sweep;
    private long _due = long.MaxValue;
    private volatile bool _leaving;
    private volatile bool _writing;
    private bool _holdsResult;
    private bool _ended;
    private bool _reset;

    public SessionInput(ConnectionContext connection, DeadlineSweep sweep)
    {
        _connection = connection;
        _reader = connection.Transport.Input;
        _sweep = sweep;
        sweep.Add(this);
    }

    /// <inheritdoc/>
    public long Due => Volatile.Read(ref _due);

    /// <summary>What has arrived and is not consumed; valid until the next wait.</summary>
    public ReadOnlySequence<byte> Unread { get; private set; }

    /// <summary>The relay is leaving: waits between transactions end with <see cref="InputOutcome.Leaving"/>.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>Completes when the client's connection has ended, in whatever way.</summary>
    public CancellationToken Gone => _connection.ConnectionClosed;

    /// <summary>Marks everything before <paramref name="position"/> as consumed.</summary>
    public void ConsumeTo(SequencePosition position) => Unread = Unread.Slice(position);

    /// <summary>Marks so many bytes as consumed.</summary>
    public void Consume(long count) => Unread = Unread.Slice(count);

    /// <summary>Waits for more than <see cref="Unread"/> holds.</summary>
    /// <param name="final">When to give up, as a timestamp.</param>
    /// <param name="stall">When to report a stall once, as a timestamp; <see cref="long.MaxValue"/> for never.</param>
    /// <param name="mayLeave">Whether a leaving relay ends this wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<InputOutcome> ReadAsync(long final, long stall, bool mayLeave)
    {
        var before = Unread.Length;
        ReleaseResult(examined: true);
        if (_ended)
        {
            return _reset ? InputOutcome.Reset : InputOutcome.Ended;
        }

        Volatile.Write(ref _due, Math.Min(final, stall));
        try
        {
            while (true)
            {
                if (mayLeave && _leaving)
                {
                    return InputOutcome.Leaving;
                }

                var result = await _reader.ReadAsync();
                Unread = result.Buffer;
                _holdsResult = true;
                _ended = result.IsCompleted && result.Buffer.Length == before;
                // A wait that is called off may have brought something all the same.
                if (!result.IsCanceled || result.Buffer.Length > before)
                {
                    return _ended ? InputOutcome.Ended : InputOutcome.Data;
                }

                var now = _sweep.Time.GetTimestamp();
                if (final <= now)
                {
                    return InputOutcome.TimedOut;
                }

                if (stall <= now)
                {
                    return InputOutcome.Stalled;
                }

                ReleaseResult(examined: true);
            }
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException)
        {
            _ended = _reset = true;
            return InputOutcome.Reset;
        }
        finally
        {
            Volatile.Write(ref _due, long.MaxValue);
        }
    }

    /// <summary>
    /// Whether the client is known to have been reset; an orderly end of its input behind complete data is none.
    /// </summary>
    public bool WasReset()
    {
        if (_reset || !_connection.ConnectionClosed.IsCancellationRequested)
        {
            return _reset;
        }

        ReleaseResult(examined: false);
        try
        {
            if (_reader.TryRead(out var result))
            {
                Unread = result.Buffer;
                _holdsResult = true;
            }
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException)
        {
            _ended = _reset = true;
        }

        return _reset;
    }

    /// <summary>Bounds the time that writing a reply may take: a client that reads nothing is cut off.</summary>
    public async ValueTask<bool> FlushAsync(PipeWriter output, TimeSpan limit)
    {
        var flush = output.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            return !flush.Result.IsCompleted;
        }

        _writing = true;
        Volatile.Write(ref _due, _sweep.After(limit));
        try
        {
            return !(await flush).IsCompleted;
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException)
        {
            return false;
        }
        finally
        {
            Volatile.Write(ref _due, long.MaxValue);
            _writing = false;
        }
    }

    /// <summary>Ends the session at the next moment between transactions.</summary>
    public void Leave()
    {
        _leaving = true;
        CallOff();
    }

    /// <inheritdoc/>
    public void Expire()
    {
        Volatile.Write(ref _due, long.MaxValue);
        if (_writing)
        {
            _connection.Abort(new ConnectionAbortedException("The client does not read its replies."));
            return;
        }

        CallOff();
    }

    public void Dispose()
    {
        _sweep.Remove(this);
        ReleaseResult(examined: false);
    }

    // The session goes on inside of this call, which is not for the caller to wait for.
    private void CallOff() =>
        ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.CancelPendingRead(), _reader, preferLocal: false);

    private void ReleaseResult(bool examined)
    {
        if (_holdsResult)
        {
            _holdsResult = false;
            _reader.AdvanceTo(Unread.Start, examined ? Unread.End : Unread.Start);
        }
    }
}
