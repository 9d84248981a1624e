namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// What a failure may have left in the database without this relay's hearing of it: messages whose commit was not answered,
/// and claims. Looked for as long as a server that was frozen or cut off may still carry out what it was sent. Thread-safe.
/// </summary>
internal sealed class DisownedMessages(TimeProvider time)
{
    private static readonly TimeSpan LookedFor = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, (long Token, long Since)> _messages = [];
    private HashSet<long> _unheld = [];
    private long _since;
    private bool _suspecting;

    /// <summary>Whether there was a failure that recently.</summary>
    public bool IsSuspecting
    {
        get
        {
            lock (_lock)
            {
                return _suspecting &= time.GetElapsedTime(_since) < LookedFor;
            }
        }
    }

    /// <summary>Ids of messages that nobody was told are kept, each with the claim that it would have.</summary>
    public Dictionary<long, long> Messages
    {
        get
        {
            lock (_lock)
            {
                foreach (var (id, entry) in _messages.ToList())
                {
                    if (time.GetElapsedTime(entry.Since) >= LookedFor)
                    {
                        _messages.Remove(id);
                    }
                }

                return _messages.ToDictionary(entry => entry.Key, entry => entry.Value.Token);
            }
        }
    }

    public void Add(SpoolId id, long token)
    {
        lock (_lock)
        {
            _messages[id.Number] = (token, time.GetTimestamp());
        }
    }

    /// <summary>Something has failed.</summary>
    public void Suspect()
    {
        lock (_lock)
        {
            (_suspecting, _since) = (true, time.GetTimestamp());
        }
    }

    /// <summary>Of the claims in the database those that nobody holds, now and at the look before.</summary>
    public List<long> Lost(IReadOnlySet<long> tokens, Func<long, bool> isHeld)
    {
        lock (_lock)
        {
            var unheld = tokens.Where(token => !isHeld(token)).ToHashSet();
            List<long> lost = [.. unheld.Where(_unheld.Contains)];
            _unheld = unheld;
            return lost;
        }
    }
}
