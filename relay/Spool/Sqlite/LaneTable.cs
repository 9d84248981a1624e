using System.Runtime.InteropServices;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// When each lane of each route has something due next: never later than is true, so that a look at the file is spared but
/// never missed. Thread-safe.
/// </summary>
internal sealed class LaneTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Route> _routes = new(StringComparer.Ordinal);

    /// <summary>Routes that something waits on.</summary>
    public List<string> Routes
    {
        get
        {
            lock (_lock)
            {
                return [.. _routes.Where(entry => entry.Value.Next.AsSpan().ContainsAnyExcept(long.MaxValue)).Select(entry => entry.Key)];
            }
        }
    }

    public void Waiting(int lane, IReadOnlyList<SpoolRecipient> recipients)
    {
        foreach (var recipient in recipients)
        {
            Waiting(lane, recipient);
        }
    }

    public void Waiting(int lane, SpoolRecipient recipient)
    {
        if (recipient.State == RecipientState.Waiting)
        {
            Waiting(lane, recipient.Route, recipient.Due.ToUnixTimeMilliseconds());
        }
    }

    public void Waiting(int lane, string route, long due)
    {
        lock (_lock)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, route, out _);
            entry ??= new Route();
            entry.Next[lane] = Math.Min(entry.Next[lane], due);
        }
    }

    /// <summary>
    /// Takes the lanes that have something due, beginning with the one whose turn it is. Whoever takes a lane puts back with
    /// <see cref="Waiting(int, string, long)"/> what it leaves there.
    /// </summary>
    public List<int> TakeDue(string route, long now)
    {
        List<int> due = [];
        lock (_lock)
        {
            if (!_routes.TryGetValue(route, out var entry))
            {
                return due;
            }

            var first = entry.Turn;
            for (var i = 0; i < SenderLane.Count; i++)
            {
                var lane = (int)((first + (uint)i) % SenderLane.Count);
                if (entry.Next[lane] <= now)
                {
                    entry.Next[lane] = long.MaxValue;
                    due.Add(lane);
                }
            }

            // The turn goes on behind the first one that is served now.
            if (due.Count != 0)
            {
                entry.Turn = (uint)due[0] + 1;
            }
        }

        return due;
    }

    /// <summary>Forgets all; the file is read anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _routes.Clear();
        }
    }

    private sealed class Route
    {
        public Route() => Array.Fill(Next, long.MaxValue);

        public long[] Next { get; } = new long[SenderLane.Count];

        public uint Turn { get; set; }
    }
}
