using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Health;

/// <summary>When a hub is probed next, and how patiently.</summary>
public static class ProbeSchedule
{
    private static readonly TimeSpan SuspectInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SuspectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait between two probes: jittered by a tenth, every second while in doubt.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="jitter">From 0 to 1; the same for the whole of one wait.</param>
    public static TimeSpan Delay(Hub hub, double jitter) => IsInDoubt(hub.Health)
        ? SuspectInterval
        : TimeSpan.FromSeconds(hub.Health.Config.Probe.IntervalSeconds * (0.9 + (0.2 * jitter)));

    /// <summary>
    /// How deep: as configured, but of a hub that was this pool its name is heard at least, and one that failed under
    /// traffic shows that it can do what mail needs before it gets some again.
    /// </summary>
    public static ProbeDepth Depth(Hub hub)
    {
        var least = hub.Health switch
        {
            { IsLoop: true } => ProbeDepth.Ehlo,
            { State: HubHealthState.Ejected } => ProbeDepth.Auth,
            _ => ProbeDepth.Connect,
        };
        var configured = hub.Health.Config.Probe.Depth;
        return configured < least ? least : configured;
    }

    /// <summary>How long the probe may take.</summary>
    public static TimeSpan Timeout(Hub hub)
    {
        var configured = TimeSpan.FromSeconds(hub.Health.Config.Probe.TimeoutSeconds);
        return IsInDoubt(hub.Health) && configured > SuspectTimeout ? SuspectTimeout : configured;
    }

    /// <summary>Whether a probe is due now: not of a disabled hub, nor while traffic proves a hub healthy.</summary>
    public static bool IsDue(Hub hub, TimeProvider time)
    {
        if (hub.Config.State == HubAdministrativeState.Disabled)
        {
            return false;
        }

        var proven = hub.Health is { State: HubHealthState.Healthy, ProbeFailures: 0, LastProof: not 0 }
            && time.GetElapsedTime(hub.Health.LastProof).TotalSeconds < hub.Health.Config.Probe.IntervalSeconds * 0.9;
        return !proven;
    }

    private static bool IsInDoubt(HubHealth health) =>
        health.State == HubHealthState.Suspect || health.AwaitsReturn || (health.ProbeFailures > 0 && health.State != HubHealthState.Down && !health.IsLoop);
}
