namespace RelayOperator.Relay.Sink;

/// <summary>What a sink counts. Thread-safe; read without a lock, so that two numbers may be of slightly different moments.</summary>
public sealed class SinkCounters
{
    private long _messages;
    private long _bytes;
    private long _refusals;
    private long _sessions;
    private int _open;

    /// <summary>Messages that were answered with 2xx after the final dot.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Their bytes, dots unstuffed.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>4xx and 5xx replies given at any phase.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    /// <summary>Connections accepted so far.</summary>
    public long Sessions => Interlocked.Read(ref _sessions);

    /// <summary>Connections open now.</summary>
    public int Open => Volatile.Read(ref _open);

    public void Accepted(long bytes)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Refused() => Interlocked.Increment(ref _refusals);

    public void SessionOpened()
    {
        Interlocked.Increment(ref _sessions);
        Interlocked.Increment(ref _open);
    }

    public void SessionClosed() => Interlocked.Decrement(ref _open);
}
