using System.Runtime.InteropServices;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// When each route has something due next, as far as this relay knows: never later than is true of its own mail, so that a
/// look at the database is spared but not missed; what others have put there is learnt by notifications and by polling.
/// Thread-safe.
/// </summary>
internal sealed class RouteHints
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);

    /// <summary>Routes that something waits on.</summary>
    public List<string> Routes
    {
        get
        {
            lock (_lock)
            {
                return [.. _next.Where(entry => entry.Value != long.MaxValue).Select(entry => entry.Key)];
            }
        }
    }

    public void Waiting(string route, long due)
    {
        lock (_lock)
        {
            ref var next = ref CollectionsMarshal.GetValueRefOrAddDefault(_next, route, out var known);
            next = known ? Math.Min(next, due) : due;
        }
    }

    public void Waiting(IReadOnlyList<SpoolRecipient> recipients)
    {
        foreach (var recipient in recipients)
        {
            if (recipient.State == RecipientState.Waiting)
            {
                Waiting(recipient.Route, recipient.Due.ToUnixTimeMilliseconds());
            }
        }
    }

    /// <summary>Whether something may be due; who asks puts back with <see cref="Waiting(string, long)"/> what it leaves.</summary>
    public bool TryTake(string route, long now)
    {
        lock (_lock)
        {
            ref var next = ref CollectionsMarshal.GetValueRefOrNullRef(_next, route);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref next) || next > now)
            {
                return false;
            }

            next = long.MaxValue;
            return true;
        }
    }

    /// <summary>Whether a route has something due.</summary>
    public bool IsDue(long now)
    {
        lock (_lock)
        {
            foreach (var next in _next.Values)
            {
                if (next <= now)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
