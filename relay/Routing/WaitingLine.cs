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
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private readonly LinkedList<Client> _turns = new();
    private int _length;

    public bool IsEmpty => Length == 0;

    public int Length => Volatile.Read(ref _length);

    public bool TryAdd(HubWaiter waiter)
    {
        lock (_lock)
        {
            if (_length >= MaxLength)
            {
                return false;
            }

            var key = waiter.Request.WaitKey;
            if (!_clients.TryGetValue(key, out var client))
            {
                _clients[key] = client = new Client(key);
                _turns.AddLast(client.Turn);
            }

            waiter.Place = client.Waiters.AddLast(waiter);
            _length++;
            return true;
        }
    }

    /// <summary>Takes out who has given up; nothing happens where it is out already.</summary>
    public void Remove(HubWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place is { List: not null } place)
            {
                Remove(_clients[waiter.Request.WaitKey], place);
            }
        }
    }

    /// <summary>
    /// Serves as many as <paramref name="serve"/> can, in turn, while <paramref name="goOn"/> says that it may. Who cannot
    /// be served keeps its place, and those behind it are tried: they may need less.
    /// </summary>
    public void Serve(Func<bool> goOn, Func<HubWaiter, bool> serve)
    {
        lock (_lock)
        {
            var turn = _turns.First;
            while (turn is not null && goOn())
            {
                var client = turn.Value;
                var next = turn.Next;
                if (FirstServed(client, serve) is { } served)
                {
                    _turns.Remove(turn);
                    _turns.AddLast(turn);
                    Remove(client, served);
                    next ??= turn.List is null ? null : turn;
                }

                turn = next;
            }
        }
    }

    private static LinkedListNode<HubWaiter>? FirstServed(Client client, Func<HubWaiter, bool> serve)
    {
        var place = client.Waiters.First;
        while (place is not null && !serve(place.Value))
        {
            place = place.Next;
        }

        return place;
    }

    private void Remove(Client client, LinkedListNode<HubWaiter> place)
    {
        client.Waiters.Remove(place);
        _length--;
        if (client.Waiters.Count == 0)
        {
            _turns.Remove(client.Turn);
            _clients.Remove(client.Key);
        }
    }

    private sealed class Client
    {
        public Client(string key) => (Key, Turn) = (key, new LinkedListNode<Client>(this));

        public string Key { get; }

        public LinkedListNode<Client> Turn { get; }

        public LinkedList<HubWaiter> Waiters { get; } = new();
    }
}
