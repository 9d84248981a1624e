namespace RelayOperator.Relay.Hubs;

/// <summary>
/// How many transactions may be at a hub at once: grows by one for each full round of successes, is halved when the
/// hub asks for less, never above its cap nor below one. Of a cap above one, one connection is kept for probes.
/// </summary>
public sealed class ConcurrencyLimit(int maxConnections)
{
    private readonly Lock _lock = new();
    private double _limit = ForTraffic(maxConnections);
    private int _cap = ForTraffic(maxConnections);
    private int _inUse;

    /// <summary>How many may be in use now.</summary>
    public int Current => (int)Volatile.Read(ref _limit);

    public int InUse => Volatile.Read(ref _inUse);

    public bool HasRoom => InUse < Current;

    public bool TryEnter()
    {
        while (true)
        {
            var inUse = Volatile.Read(ref _inUse);
            if (inUse >= Current)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _inUse, inUse + 1, inUse) == inUse)
            {
                return true;
            }
        }
    }

    public void Exit() => Interlocked.Decrement(ref _inUse);

    /// <summary>A transaction went well: grows by its part of one.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _limit) >= _cap)
        {
            return;
        }

        lock (_lock)
        {
            _limit = Math.Min(_cap, _limit + (1 / _limit));
        }
    }

    /// <summary>The hub asked for less (421, 4.3.2) or let time run out.</summary>
    public void Throttle()
    {
        lock (_lock)
        {
            _limit = Math.Max(1, Math.Min(_limit, Math.Max(1, InUse)) / 2);
        }
    }

    /// <summary>Changes the cap; a hub that was not throttled follows it up and down.</summary>
    public void Resize(int newMaxConnections)
    {
        lock (_lock)
        {
            var cap = ForTraffic(newMaxConnections);
            _limit = _limit >= _cap ? cap : Math.Min(_limit, cap);
            _cap = cap;
        }
    }

    private static int ForTraffic(int connections) => Math.Max(1, connections - 1);
}
