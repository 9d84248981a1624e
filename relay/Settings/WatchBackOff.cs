namespace RelayOperator.Relay.Settings;

/// <summary>
/// How long to wait before the API server is asked again: doubled by each failure, with a jitter of a half, so that the
/// relays of many pools do not come back as one. Pure but for the randomness it is given.
/// </summary>
public sealed class WatchBackOff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private int _failures;

    /// <summary>The next wait; at least what the server asked for, within a minute.</summary>
    public TimeSpan Next(TimeSpan asked)
    {
        var doubled = First * Math.Pow(2, Math.Min(_failures++, 10));
        var wait = (doubled < Longest ? doubled : Longest) * (0.5 + (random.NextDouble() / 2));
        var least = TimeSpan.FromTicks(Math.Min(asked.Ticks, TimeSpan.TicksPerMinute));
        return wait > least ? wait : least;
    }

    /// <summary>It went well.</summary>
    public void Reset() => _failures = 0;
}
