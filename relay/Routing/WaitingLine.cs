namespace RelayOperator.Relay.Routing;

/// <summary>
/// Transactions of one route that wait for a free hub, fair among clients: each client's own wait in order, and the
/// clients take turns. Bounded in length. Thread-safe.
/// </summary>
public sealed class WaitingLine
{
    /// <summary>Transactions that may wait at most.</summary>
    public const int MaxLength = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<HubWaiter>> _byClient = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private int _length;

    public bool IsEmpty => Volatile.Read(ref _length) == 0;

    public bool TryAdd(HubWaiter waiter)
    {
        lock (_lock)
        {
            if (_length >= MaxLength)
            {
                return false;
            }

            _length++;
            if (!_byClient.TryGetValue(waiter.Request.WaitKey, out var queue))
            {
                _byClient[waiter.Request.WaitKey] = queue = new Queue<HubWaiter>();
                _turns.Enqueue(waiter.Request.WaitKey);
            }

            queue.Enqueue(waiter);
            return true;
        }
    }

    /// <summary>
    /// Serves as many as <paramref name="serve"/> can, in turn; a client whose next transaction cannot be served keeps
    /// its place, and others are tried. Waiters that gave up are dropped on the way.
    /// </summary>
    public void Serve(Func<HubWaiter, bool> serve)
    {
        lock (_lock)
        {
            for (var unserved = 0; unserved < _turns.Count;)
            {
                var client = _turns.Dequeue();
                var queue = _byClient[client];
                while (queue.TryPeek(out var waiter) && waiter.HasEnded)
                {
                    queue.Dequeue();
                    _length--;
                }

                if (queue.TryPeek(out var next))
                {
                    if (serve(next))
                    {
                        queue.Dequeue();
                        _length--;
                        unserved = 0;
                    }
                    else
                    {
                        unserved++;
                    }
                }

                if (queue.Count == 0)
                {
                    _byClient.Remove(client);
                }
                else
                {
                    _turns.Enqueue(client);
                }
            }
        }
    }
}
