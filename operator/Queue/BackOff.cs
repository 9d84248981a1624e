namespace RelayOperator.Operator.Queue;

/// <summary>How long a key that failed waits: doubled with each failure in a row, up to a bound, jittered by a tenth.</summary>
/// <param name="First">After the first failure.</param>
/// <param name="Most">At most.</param>
public sealed record BackOff(TimeSpan First, TimeSpan Most)
{
    /// <summary>Soon enough for what mends itself, and slow enough for what does not.</summary>
    public static BackOff Default { get; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(2));

    /// <param name="failures">Failures in a row, from 1 on.</param>
    /// <param name="jitter">From 0 to 1.</param>
    public TimeSpan After(int failures, double jitter)
    {
        var doubled = First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromSeconds(Math.Min(doubled, Most.TotalSeconds) * (0.9 + (0.2 * jitter)));
    }
}
