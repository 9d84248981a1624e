using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Health;

/// <summary>When a hub is probed next, and how patiently.</summary>
public static class ProbeSchedule
{
    private static readonly TimeSpan SuspectInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SuspectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait before the next probe: jittered by a tenth, every second while in doubt.</summary>
    public static TimeSpan Delay(Hub hub, Random random)
    {
        if (IsInDoubt(hub.Health))
        {
            return SuspectInterval;
        }

        return TimeSpan.FromSeconds(hub.Health.Config.Probe.IntervalSeconds * (0.9 + (0.2 * random.NextDouble())));
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
        health.State is HubHealthState.Suspect || (health.ProbeFailures > 0 && health.State is not HubHealthState.Down);
}
