namespace RelayOperator.Relay.Delivery;

/// <summary>
/// Bytes that kept bodies may hold, in memory or in temporary files (limits.memoryBytes, limits.tempBytes). At the
/// limit the asker pauses; what is given back goes first to whoever made most progress per byte held, so that slow
/// clients cannot starve quick ones. Who waited in vain is refused with 452 4.3.1 by the caller.
/// </summary>
public sealed class BodyBudget(long limit, TimeProvider time)
{
    /// <summary>How long an asker pauses at most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiter, double> _waiting = new();
    private long _limit = limit;
    private long _used;
    private int _waiters;

    public long Used => Interlocked.Read(ref _used);

    /// <summary>Changes the limit; what is held beyond a smaller one is not taken back.</summary>
    public void Resize(long newLimit)
    {
        Volatile.Write(ref _limit, newLimit);
        Grant();
    }

    /// <summary>Takes bytes at once if they are free and nobody waits.</summary>
    public bool TryTake(long bytes)
    {
        if (Volatile.Read(ref _waiters) != 0)
        {
            return false;
        }

        return TryAdd(bytes);
    }

    /// <summary>Takes bytes, waiting for <see cref="Patience"/> at most; false where none came free.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="progress">Bytes per second that the asker's client delivered, per byte that it holds.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    public async ValueTask<bool> TakeAsync(long bytes, double progress, CancellationToken cancellationToken)
    {
        if (TryTake(bytes))
        {
            return true;
        }

        var waiter = new Waiter(bytes);
        lock (_lock)
        {
            _waiting.Enqueue(waiter, -progress);
            _waiters++;
        }

        Grant();
        try
        {
            return await waiter.Granted.Task.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The grant may have come in the same instant: then it is used.
            return !waiter.Granted.TrySetResult(false) && waiter.Granted.Task.Result;
        }
    }

    public void GiveBack(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        if (Volatile.Read(ref _waiters) != 0)
        {
            Grant();
        }
    }

    private bool TryAdd(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= Volatile.Read(ref _limit))
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    private void Grant()
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var waiter, out _))
            {
                if (!waiter.Granted.Task.IsCompleted)
                {
                    if (!TryAdd(waiter.Bytes))
                    {
                        return;
                    }

                    if (!waiter.Granted.TrySetResult(true))
                    {
                        Interlocked.Add(ref _used, -waiter.Bytes);
                    }
                }

                _waiting.Dequeue();
                _waiters--;
            }
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource<bool> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
