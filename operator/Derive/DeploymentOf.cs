using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Pods that keep nothing of their own.</summary>
internal static class DeploymentOf
{
    public static V1Deployment Pool(GatheredPool pool, OperatorSettings settings, int replicas, V1PodTemplateSpec template) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "Deployment",
        Metadata = PoolMetadata.Of(pool, settings),
        Spec = new V1DeploymentSpec
        {
            Replicas = replicas,
            RevisionHistoryLimit = 3,
            Selector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
            Strategy = new V1DeploymentStrategy
            {
                Type = "RollingUpdate",
                // The new pod is ready before an old one goes, so that a pool of one pod is never without any.
                RollingUpdate = new V1RollingUpdateDeployment { MaxSurge = 1, MaxUnavailable = 0 },
            },
            Template = template,
        },
    };
}
