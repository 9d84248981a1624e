using k8s;
using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>What runs the pods: a StatefulSet where each has a spool of its own, else a Deployment.</summary>
internal static class WorkloadOf
{
    public static IEnumerable<IKubernetesObject<V1ObjectMeta>> Pool(GatheredPool pool, OperatorSettings settings, int replicas)
    {
        if (!pool.HasClaims)
        {
            yield return DeploymentOf.Pool(pool, settings, replicas, Template(pool, pool.Deployment, settings));
            yield break;
        }

        yield return StatefulSetOf.Pool(pool, settings, replicas, Template(pool, pool.StatefulSet, settings));

        // A spool was added: the pods without one serve until those with one are ready.
        if (pool.Deployment is { } before && !pool.IsBeingDeleted && (pool.StatefulSet?.ReadyReplicas ?? 0) < replicas)
        {
            yield return DeploymentOf.Pool(pool, settings, before.Replicas, before.Template ?? PodTemplateOf.Pool(pool, settings));
        }
    }

    private static V1PodTemplateSpec Template(GatheredPool pool, GatheredWorkload? existing, OperatorSettings settings) =>
        pool.RolloutHeld && existing?.Template is { } held ? held : PodTemplateOf.Pool(pool, settings);
}
