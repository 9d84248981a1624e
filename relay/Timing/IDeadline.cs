namespace RelayOperator.Relay.Timing;

/// <summary>Something that must not wait for ever: a client session, a hub connection.</summary>
public interface IDeadline
{
    /// <summary>When to expire, as a <see cref="TimeProvider.GetTimestamp"/> value; <see cref="long.MaxValue"/> for never.</summary>
    long Due { get; }

    /// <summary>Called by the sweep, on its thread, when <see cref="Due"/> has passed; must not block. Called again at every sweep until Due moves on.</summary>
    void Expire();
}
