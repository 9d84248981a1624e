namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Who decides about which recipients. One relay has the file to itself, so claims live in memory; the flight file tells
/// the next process which there were. Thread-safe.
/// </summary>
internal sealed class ClaimTable(FlightFile flight)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Entry> _messages = [];
    private int _count;

    /// <summary>Claims now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Keeps everybody else off a message while it is looked at: no claim on it begins until <see cref="Unlock"/>, and where
    /// one ends meanwhile, what was read may be of the past, so that none begins here either. False where somebody else
    /// looks at it; with <paramref name="alone"/> also where there is any claim.
    /// </summary>
    public bool TryLock(SpoolId id, bool alone)
    {
        lock (_lock)
        {
            if (_messages.TryGetValue(id.Number, out var entry))
            {
                if (entry.Locked || (alone && entry.Claims.Count != 0))
                {
                    return false;
                }

                (entry.Locked, entry.Disturbed) = (true, false);
                return true;
            }

            if (flight.Begin(id) is var slot and >= 0)
            {
                _messages[id.Number] = new Entry(slot) { Locked = true };
                return true;
            }

            return false;
        }
    }

    /// <summary>Ends a look; true where a claim ended meanwhile: then there is reason to look again.</summary>
    public bool Unlock(SpoolId id)
    {
        lock (_lock)
        {
            var entry = _messages[id.Number];
            entry.Locked = false;
            Forget(id, entry);
            return entry.Disturbed;
        }
    }

    /// <summary>
    /// Claims recipients of a message; null where one is claimed, or too much is in flight, or what is known of the message
    /// may be of the past.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="recipients">Those to be claimed.</param>
    /// <param name="firstChunk">Of the body, if it is at hand.</param>
    /// <param name="underLock">The caller has read it and holds its lock; otherwise it is about to store it.</param>
    public SpoolClaim? Take(SpoolMessage message, IReadOnlyList<SpoolRecipient> recipients, ReadOnlyMemory<byte> firstChunk, bool underLock)
    {
        lock (_lock)
        {
            if (!_messages.TryGetValue(message.Id.Number, out var entry))
            {
                var slot = flight.Begin(message.Id);
                if (slot < 0)
                {
                    return null;
                }

                _messages[message.Id.Number] = entry = new Entry(slot);
            }

            if (entry.Locked != underLock || (underLock && entry.Disturbed))
            {
                return null;
            }

            foreach (var claimed in entry.Claims)
            {
                if (Overlap(claimed.Recipients, recipients))
                {
                    return null;
                }
            }

            var claim = new SpoolClaim(message, recipients, firstChunk);
            entry.Claims.Add(claim);
            _count++;
            return claim;
        }
    }

    public bool Holds(SpoolClaim claim)
    {
        lock (_lock)
        {
            return _messages.TryGetValue(claim.Message.Id.Number, out var entry) && entry.Claims.Contains(claim);
        }
    }

    /// <summary>Whether somebody decides about a message, or about one of its recipients.</summary>
    public bool IsClaimed(SpoolId id)
    {
        lock (_lock)
        {
            return _messages.TryGetValue(id.Number, out var entry) && entry.Claims.Count != 0;
        }
    }

    public void End(SpoolClaim claim)
    {
        lock (_lock)
        {
            if (_messages.TryGetValue(claim.Message.Id.Number, out var entry) && entry.Claims.Remove(claim))
            {
                _count--;
                entry.Disturbed = true;
                Forget(claim.Message.Id, entry);
            }
        }
    }

    private void Forget(SpoolId id, Entry entry)
    {
        if (!entry.Locked && entry.Claims.Count == 0)
        {
            _messages.Remove(id.Number);
            flight.End(entry.Slot);
        }
    }

    private static bool Overlap(IReadOnlyList<SpoolRecipient> some, IReadOnlyList<SpoolRecipient> others)
    {
        foreach (var one in some)
        {
            foreach (var other in others)
            {
                if (one.Number == other.Number)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private sealed class Entry(int slot)
    {
        public int Slot { get; } = slot;

        public bool Locked { get; set; }

        /// <summary>A claim ended since it was locked.</summary>
        public bool Disturbed { get; set; }

        public List<SpoolClaim> Claims { get; } = new(1);
    }
}
