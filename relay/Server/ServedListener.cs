namespace RelayOperator.Relay.Server;

/// <summary>The one place that holds a listener's current <see cref="ListenerState"/>: also for the sessions that came by it, after it is gone too.</summary>
public sealed class ServedListener(ListenerState first)
{
    private volatile ListenerState _current = first;

    public ListenerState Current
    {
        get => _current;
        set => _current = value;
    }
}
