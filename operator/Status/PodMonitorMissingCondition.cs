using RelayOperator.Api;

namespace RelayOperator.Operator.Status;

/// <summary>PodMonitorMissing: the pool asks for a PodMonitor, and the cluster does not know what that is.</summary>
internal static class PodMonitorMissingCondition
{
    public static Verdict? Of(PoolFacts facts) =>
        facts.Pool.Pool.Spec.PodMonitor.Mode == PodMonitorMode.Enabled && !facts.Pool.PodMonitorsServed
            ? Verdict.True(
                "NotServed",
                "spec.podMonitor.mode is Enabled, but the cluster does not serve monitoring.coreos.com/v1 podmonitors to the operator; install the Prometheus operator's definitions, or use the mode Auto")
            : null;
}
