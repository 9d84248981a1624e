using k8s;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Tells the Prometheus operator of the pods.</summary>
internal static class PodMonitorOf
{
    public static PodMonitor Pool(GatheredPool pool, OperatorSettings settings)
    {
        var metadata = PoolMetadata.Of(pool, settings);
        foreach (var (key, value) in pool.Pool.Spec.PodMonitor.Labels)
        {
            metadata.Labels.TryAdd(key, value);
        }

        return new PodMonitor
        {
            Metadata = metadata,
            Spec = new PodMonitorSpecification(
                new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
                [new PodMetricsEndpoint(PoolPorts.AdminName, "/metrics")]),
        };
    }

    /// <summary>Whether the pool gets one.</summary>
    public static bool Wanted(GatheredPool pool) => pool.PodMonitorsServed && pool.Pool.Spec.PodMonitor.Mode != PodMonitorMode.Disabled;
}

/// <summary>A PodMonitor of the Prometheus operator, as far as a pool needs one.</summary>
public sealed record PodMonitor : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "monitoring.coreos.com/v1";

    public string Kind { get; set; } = "PodMonitor";

    public required V1ObjectMeta Metadata { get; set; }

    public required PodMonitorSpecification Spec { get; init; }
}

/// <summary>Which pods, and where their metrics are.</summary>
public sealed record PodMonitorSpecification(V1LabelSelector Selector, IReadOnlyList<PodMetricsEndpoint> PodMetricsEndpoints);

/// <summary>Port and path of metrics.</summary>
public sealed record PodMetricsEndpoint(string Port, string Path);
