using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Settings;

/// <summary>How a pod that was told to end spends the time until it would be killed.</summary>
/// <param name="Accepting">How long it serves on as if nothing were, so that the VIP can forget it.</param>
/// <param name="Ending">How long what is in flight may then take.</param>
public sealed record LeavePlan(TimeSpan Accepting, TimeSpan Ending)
{
    private const int LongestMargin = 30;

    /// <summary>The plan for terminationGracePeriodSeconds, less a margin for the process's own end.</summary>
    public static LeavePlan For(PoolConfig config)
    {
        var grace = config.TerminationGraceSeconds;
        var margin = Math.Clamp(grace / 10.0, Math.Min(1, grace / 2.0), LongestMargin);
        var left = grace - margin;
        // What was accepted at the last moment gets time too, however long drainSeconds are.
        var accepting = Math.Min(config.DrainSeconds, left * 0.75);
        return new LeavePlan(TimeSpan.FromSeconds(accepting), TimeSpan.FromSeconds(left - accepting));
    }
}
