namespace RelayOperator.Operator.Queue;

/// <summary>
/// Keys that want to be reconciled. Contract: a key waits once, however often it is added; a key that is being worked on
/// is given to nobody else, and if it is added meanwhile it waits again as soon as it is done; a key that failed comes
/// back after its back-off, unless something adds it before; not before the time that a server asked for, whatever adds it.
/// Thread-safe.
/// </summary>
/// <typeparam name="TKey">What names the work.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Queue<TKey> _ready = new();
    private readonly HashSet<TKey> _waiting = [];
    private readonly HashSet<TKey> _working = [];
    private readonly Dictionary<TKey, long> _addedAt = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly PriorityQueue<TKey, long> _delayed = new();
    private readonly Dictionary<TKey, long> _dueAt = [];
    private readonly Dictionary<TKey, long> _notBefore = [];
    private readonly SemaphoreSlim _available = new(0);
    private readonly BackOff _backOff;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly WorkQueueMetrics.Child _metrics;
    private readonly ITimer _timer;

    public WorkQueue(BackOff backOff, TimeProvider time, Random random, WorkQueueMetrics.Child metrics)
    {
        _backOff = backOff;
        _time = time;
        _random = random;
        _metrics = metrics;
        _timer = time.CreateTimer(_ => TakeDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait and could be taken now.</summary>
    public int Depth
    {
        get
        {
            lock (_lock)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>The key wants to be reconciled now.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            AddLocked(key);
        }
    }

    /// <summary>The key wants to be reconciled after a while; the earliest of several wishes counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            AddAtLocked(key, After(delay));
        }
    }

    /// <summary>Waits for a key; whoever takes one says <see cref="Done"/> or <see cref="Retry"/> about it.</summary>
    public async Task<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        await _available.WaitAsync(cancellationToken);
        lock (_lock)
        {
            var key = _ready.Dequeue();
            _waiting.Remove(key);
            _working.Add(key);
            _addedAt.Remove(key, out var since);
            _metrics.Taken(_ready.Count, _time.GetElapsedTime(since));
            return key;
        }
    }

    /// <summary>The work on a key is done, and went well.</summary>
    /// <param name="key">The key.</param>
    /// <param name="took">How long it took.</param>
    public void Done(TKey key, TimeSpan took)
    {
        lock (_lock)
        {
            _failures.Remove(key);
            Release(key, took);
        }
    }

    /// <summary>The work on a key failed; it comes back.</summary>
    /// <param name="key">The key.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="notBefore">A server's own wish (Retry-After); it binds, where the back-off gives way to what adds the key.</param>
    public void Retry(TKey key, TimeSpan took, TimeSpan notBefore = default)
    {
        lock (_lock)
        {
            var failures = _failures.GetValueOrDefault(key) + 1;
            _failures[key] = failures;
            _metrics.Retried();
            var due = After(_backOff.After(failures, _random.NextDouble()));
            if (notBefore > TimeSpan.Zero)
            {
                var earliest = After(notBefore);
                _notBefore[key] = earliest;
                // What was added meanwhile wants to come as soon as it may.
                due = _waiting.Remove(key) ? earliest : Math.Max(due, earliest);
            }

            Release(key, took);
            AddAtLocked(key, due);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _available.Dispose();
    }

    private long After(TimeSpan delay) => _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);

    private void AddAtLocked(TKey key, long due)
    {
        if (_dueAt.TryGetValue(key, out var before) && before <= due)
        {
            return;
        }

        _dueAt[key] = due;
        _delayed.Enqueue(key, due);
        SetTimer();
    }

    private void AddLocked(TKey key)
    {
        if (_notBefore.TryGetValue(key, out var earliest))
        {
            if (_time.GetTimestamp() < earliest)
            {
                AddAtLocked(key, earliest);
                return;
            }

            _notBefore.Remove(key);
        }

        // What wants to come later is served by coming now.
        _dueAt.Remove(key);
        if (!_waiting.Add(key))
        {
            return;
        }

        _addedAt[key] = _time.GetTimestamp();
        if (!_working.Contains(key))
        {
            MakeReady(key);
        }

        _metrics.Added(_ready.Count);
    }

    private void Release(TKey key, TimeSpan took)
    {
        _working.Remove(key);
        _metrics.Worked(took);
        if (_waiting.Contains(key))
        {
            MakeReady(key);
        }
    }

    private void MakeReady(TKey key)
    {
        _ready.Enqueue(key);
        _available.Release();
    }

    private void TakeDue()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            while (_delayed.TryPeek(out var key, out var due) && due <= now)
            {
                _delayed.Dequeue();
                // A wish that was overtaken by an earlier one, or by the work itself, is void.
                if (_dueAt.TryGetValue(key, out var wanted) && wanted == due)
                {
                    AddLocked(key);
                }
            }

            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (_delayed.TryPeek(out _, out var due))
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), due);
            _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }
}
