namespace RelayOperator.Relay.Server;

/// <summary>The one place that holds the current <see cref="PoolSnapshot"/>; a reader takes it once per decision.</summary>
public sealed class PoolState(PoolSnapshot first)
{
    private PoolSnapshot _current = first;

    public PoolSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Swaps the snapshot for one made from it; made again where another change came in between.</summary>
    public PoolSnapshot Refresh(Func<PoolSnapshot, PoolSnapshot> next)
    {
        while (true)
        {
            var before = Current;
            var after = next(before);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _current, after, before), before))
            {
                return after;
            }
        }
    }
}
