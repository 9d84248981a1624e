using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Server;

/// <summary>
/// What the client sends, with every way in which waiting for it can end.
/// Contract: one reader, the session; <see cref="Leave"/> and <see cref="Expire"/> come from other threads. One read of the
/// stream is under way at most. It outlives the wait it was begun for, so a wait that is called off loses nothing, and it
/// may go on while the session waits for a hub: that is how a client that went away is noticed.
/// </summary>
public sealed class SessionInput : IDeadline, IValueTaskSource, IDisposable
{
    // Nothing beyond this is read while nobody waits for it.
    private const int MostAhead = 8 * 1024;

    private readonly DeadlineSweep _sweep;
    private readonly Action _onRead;
    private readonly InputBuffer _buffer = new();
    private Stream _stream;
    private bool _reading;
    private volatile bool _readDone;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read;
    private int _readCount;
    private bool _readFailed;
    private ManualResetValueTaskSourceCore<bool> _wake;
    private int _waiting;
    private volatile bool _calledOff;
    private volatile bool _leaving;
    private CancellationTokenSource? _gone;
    private long _due = long.MaxValue;
    private bool _ended;
    private bool _reset;

    public SessionInput(Stream stream, DeadlineSweep sweep)
    {
        _stream = stream;
        _sweep = sweep;
        _onRead = OnRead;
        WhenGone = WatchGone;
        sweep.Add(this);
    }

    /// <inheritdoc/>
    public long Due => Volatile.Read(ref _due);

    /// <summary>What has arrived and is not consumed; valid until the next wait.</summary>
    public ReadOnlySequence<byte> Unread => _buffer.Unread;

    /// <summary>The relay is leaving: waits between transactions end with <see cref="InputOutcome.Leaving"/>.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>A read is under way, which takes what the client sends next.</summary>
    public bool IsReading => _reading && !_readDone;

    /// <summary>Gives a token that is cancelled when the client is found to be gone, from the call on.</summary>
    public Func<CancellationToken> WhenGone { get; }

    /// <summary>Marks so many bytes as consumed.</summary>
    public void Consume(long count) => _buffer.Consume((int)count);

    /// <summary>A body comes: from now on it is read in larger pieces.</summary>
    public void Widen() => _buffer.Widen();

    /// <summary>Commands come again: the larger buffer goes back.</summary>
    public void Narrow() => _buffer.Narrow(isFree: !_reading);

    /// <summary>Goes on with another stream; what came by the one before is thrown away. Not while <see cref="IsReading"/>.</summary>
    public void Restart(Stream stream)
    {
        if (_reading)
        {
            TakeRead();
        }

        _buffer.Consume(_buffer.Count);
        _stream = stream;
    }

    /// <summary>Throws so many octets away that come; false where they do not.</summary>
    public async ValueTask<bool> SkipAsync(long size, long final)
    {
        while (true)
        {
            var taken = Math.Min(size, Unread.Length);
            Consume(taken);
            size -= taken;
            if (size == 0)
            {
                return true;
            }

            if (await ReadAsync(final, long.MaxValue, mayLeave: false) != InputOutcome.Data)
            {
                return false;
            }
        }
    }

    /// <summary>Throws away what comes until the client ends, or the time is over; not for ever, however much that is.</summary>
    public async ValueTask DrainAsync(long final)
    {
        for (var rounds = 0; rounds < 1024; rounds++)
        {
            Consume(Unread.Length);
            if (await ReadAsync(final, long.MaxValue, mayLeave: false) != InputOutcome.Data)
            {
                return;
            }
        }
    }

    /// <summary>Waits for more than <see cref="Unread"/> holds.</summary>
    /// <param name="final">When to give up, as a timestamp.</param>
    /// <param name="stall">When to report a stall once, as a timestamp; <see cref="long.MaxValue"/> for never.</param>
    /// <param name="mayLeave">Whether a leaving relay ends this wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<InputOutcome> ReadAsync(long final, long stall, bool mayLeave)
    {
        Volatile.Write(ref _due, Math.Min(final, stall));
        try
        {
            while (!_ended)
            {
                _calledOff = false;
                if (mayLeave && _leaving)
                {
                    return InputOutcome.Leaving;
                }

                if (!_reading)
                {
                    BeginRead();
                }

                if (!_readDone)
                {
                    await WokenAsync();
                }

                // A wait that is called off may have brought something all the same.
                if (_readDone)
                {
                    if (TakeRead())
                    {
                        return InputOutcome.Data;
                    }

                    continue;
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
            }

            return _reset ? InputOutcome.Reset : InputOutcome.Ended;
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
        LookAhead();
        return _reset;
    }

    /// <summary>Whether the client's input is known to have ended, in whatever way.</summary>
    public bool IsGone()
    {
        LookAhead();
        return _ended;
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
        CallOff();
    }

    /// <summary>The stream has been closed: nothing is read any more.</summary>
    public void Dispose()
    {
        _sweep.Remove(this);
        _buffer.Release(isFree: !_reading || _readDone);
    }

    void IValueTaskSource.GetResult(short token) => _wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wake.OnCompleted(continuation, state, token, flags);

    private CancellationToken WatchGone()
    {
        _gone ??= new CancellationTokenSource();
        Interlocked.MemoryBarrier();
        if (IsGone())
        {
            _gone.Cancel();
        }

        return _gone.Token;
    }

    private void LookAhead()
    {
        while (!_ended && (_reading || _buffer.Count < MostAhead))
        {
            if (!_reading)
            {
                BeginRead();
            }

            if (!_readDone)
            {
                return;
            }

            TakeRead();
        }
    }

    private void BeginRead()
    {
        _buffer.MakeRoom();
        _reading = true;
        try
        {
#pragma warning disable CA2012 // consumed once, by CollectRead, and only when it has completed
            _read = _stream.ReadAsync(_buffer.Room, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            EndRead(0, failed: true);
            return;
        }

        if (_read.IsCompleted)
        {
            CollectRead();
        }
        else
        {
            _read.UnsafeOnCompleted(_onRead);
        }
    }

    private void OnRead()
    {
        CollectRead();
        Wake();
    }

    private void CollectRead()
    {
        try
        {
            EndRead(_read.GetResult(), failed: false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            EndRead(0, failed: true);
        }
    }

    private void EndRead(int count, bool failed)
    {
        _readCount = count;
        _readFailed = failed;
        _readDone = true;
        // Whoever begins to watch for the end sees the one or is seen by the other.
        Interlocked.MemoryBarrier();
        if (count == 0)
        {
            _gone?.Cancel();
        }
    }

    // False where the input has ended.
    private bool TakeRead()
    {
        _readDone = false;
        _reading = false;
        _buffer.Advance(_readCount);
        _reset = _readFailed;
        _ended = _readCount == 0;
        return !_ended;
    }

    private ValueTask WokenAsync()
    {
        _wake.Reset();
        Volatile.Write(ref _waiting, 1);
        // What came before the wait was announced has woken nobody.
        Interlocked.MemoryBarrier();
        return (_readDone || _calledOff) && Interlocked.Exchange(ref _waiting, 0) == 1 ? default : new(this, _wake.Version);
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            _wake.SetResult(true);
        }
    }

    // The session goes on inside of waking it, which is not for the caller to wait for.
    private void CallOff()
    {
        _calledOff = true;
        ThreadPool.UnsafeQueueUserWorkItem(static input => input.Wake(), this, preferLocal: false);
    }
}
