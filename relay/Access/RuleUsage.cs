using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Access;

/// <summary>What the clients of one rule use now. Kept by name when the configuration changes.</summary>
public sealed class RuleUsage(int messagesPerMinute)
{
    private int _sessions;

    public int Sessions => Volatile.Read(ref _sessions);

    public MessageRate Messages { get; } = new(messagesPerMinute);

    public bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref _sessions) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _sessions);
        return false;
    }

    public void Exit() => Interlocked.Decrement(ref _sessions);
}
