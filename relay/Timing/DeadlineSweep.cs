using System.Collections.Concurrent;

namespace RelayOperator.Relay.Timing;

/// <summary>
/// One timer for every time-out of the relay. Arming a time-out is one write to the owner's field, where a
/// CancellationTokenSource per wait would cost allocations on the hot path. Resolution: <see cref="Interval"/>.
/// </summary>
public sealed class DeadlineSweep : IDisposable
{
    /// <summary>How often deadlines are looked at, and so how late one may fire.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<IDeadline, byte> _deadlines = new(ReferenceEqualityComparer.Instance);
    private readonly ITimer _timer;
    private int _sweeping;

    public DeadlineSweep(TimeProvider time)
    {
        Time = time;
        _timer = time.CreateTimer(_ => Sweep(), null, Interval, Interval);
    }

    /// <summary>The clock that deadlines are measured with.</summary>
    public TimeProvider Time { get; }

    /// <summary>The timestamp that lies <paramref name="span"/> ahead.</summary>
    public long After(TimeSpan span) => Time.GetTimestamp() + (long)(span.TotalSeconds * Time.TimestampFrequency);

    public void Add(IDeadline deadline) => _deadlines.TryAdd(deadline, 0);

    public void Remove(IDeadline deadline) => _deadlines.TryRemove(deadline, out _);

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) != 0)
        {
            return;
        }

        try
        {
            var now = Time.GetTimestamp();
            foreach (var (deadline, _) in _deadlines)
            {
                if (deadline.Due <= now)
                {
                    deadline.Expire();
                }
            }
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }
}
