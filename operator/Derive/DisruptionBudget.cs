using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>One pod at a time may be taken away by those who drain nodes.</summary>
internal static class DisruptionBudget
{
    public static V1PodDisruptionBudget Pool(GatheredPool pool, OperatorSettings settings) => new()
    {
        ApiVersion = "policy/v1",
        Kind = "PodDisruptionBudget",
        Metadata = PoolMetadata.Of(pool, settings),
        Spec = new V1PodDisruptionBudgetSpec
        {
            MaxUnavailable = 1,
            Selector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
            // A pod that serves nothing must not hold up the drain of its node.
            UnhealthyPodEvictionPolicy = "AlwaysAllow",
        },
    };
}
