namespace RelayOperator.Relay.Health;

/// <summary>When silence makes a hub suspect. Exchange tarpits for five seconds, so less than that says nothing.</summary>
public static class Unresponsiveness
{
    /// <summary>Silence before the dot that counts.</summary>
    public const double SilentSeconds = 8;

    /// <summary>Silence after the dot that counts by itself; hubs scan and replicate before they answer.</summary>
    public const double SlowVerdictSeconds = 60;

    /// <summary>When transactions before the dot go elsewhere, seconds from the beginning of their wait.</summary>
    public const double GiveUpSeconds = 15;

    /// <param name="waits">The hub's waiting connections.</param>
    /// <param name="probeFailed">The last probe failed.</param>
    /// <param name="sinceCleared">Seconds since the hub was last found healthy: silence before that has been judged.</param>
    public static bool IsSuspect(ReadOnlySpan<HubWait> waits, bool probeFailed, double sinceCleared)
    {
        var silent = 0;
        foreach (var wait in waits)
        {
            var counts = wait.AfterDot && !probeFailed ? SlowVerdictSeconds : SilentSeconds;
            silent += Math.Min(wait.Seconds, sinceCleared) >= counts ? 1 : 0;
        }

        return silent >= 2 || (silent == 1 && probeFailed);
    }
}
