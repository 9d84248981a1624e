using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// Sets the pool's replicas through its scale subresource, so that a pod that it takes away leaves as any other: by the
/// operator, when its spool is empty.
/// </summary>
internal static class Autoscaler
{
    public static V2HorizontalPodAutoscaler Pool(GatheredPool pool, OperatorSettings settings, AutoscalingSpec autoscaling) => new()
    {
        ApiVersion = "autoscaling/v2",
        Kind = "HorizontalPodAutoscaler",
        Metadata = PoolMetadata.Of(pool, settings),
        Spec = new V2HorizontalPodAutoscalerSpec
        {
            ScaleTargetRef = new V2CrossVersionObjectReference
            {
                ApiVersion = RelayPool.GroupVersion, Kind = nameof(RelayPool), Name = pool.Pool.Metadata.Name,
            },
            MinReplicas = autoscaling.MinReplicas,
            MaxReplicas = autoscaling.MaxReplicas,
            Metrics =
            [
                new V2MetricSpec
                {
                    Type = "Resource",
                    Resource = new V2ResourceMetricSource
                    {
                        Name = "cpu",
                        Target = new V2MetricTarget { Type = "Utilization", AverageUtilization = autoscaling.TargetCPUUtilizationPercentage },
                    },
                },
            ],
            Behavior = new V2HorizontalPodAutoscalerBehavior
            {
                // Each leaving pod moves its spool and its share of the hubs' connections: one at a time.
                ScaleDown = new V2HPAScalingRules
                {
                    StabilizationWindowSeconds = 300,
                    SelectPolicy = "Max",
                    Policies = [new V2HPAScalingPolicy { Type = "Pods", Value = 1, PeriodSeconds = 60 }],
                },
            },
        },
    };
}
