using System.Collections.Immutable;

namespace RelayOperator.Relay.Spool;

/// <summary>When a deferred recipient is tried again: spec.delivery.retrySeconds, the last one repeated, each a little off so that a crowd spreads out.</summary>
public sealed class RetrySchedule(ImmutableArray<int> seconds, TimeProvider time, Random random)
{
    private const double Jitter = 0.1;

    private ImmutableArray<int> _seconds = seconds;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Takes over other steps; what waits already keeps its time.</summary>
    public void Update(ImmutableArray<int> newSeconds) => ImmutableInterlocked.InterlockedExchange(ref _seconds, newSeconds);

    /// <summary>When to try again after so many tries, the one that just ended included.</summary>
    public DateTimeOffset After(int attempts)
    {
        double factor;
        lock (random)
        {
            factor = 1 + (((random.NextDouble() * 2) - 1) * Jitter);
        }

        var steps = _seconds;
        var step = steps.IsEmpty ? 60 : steps[Math.Clamp(attempts - 1, 0, steps.Length - 1)];
        return Now.AddSeconds(step * factor);
    }
}
