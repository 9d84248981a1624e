using k8s;
using k8s.Models;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;

namespace RelayOperator.Operator.Derive;

/// <summary>What runs the pods: a StatefulSet where each has a spool of its own, else a Deployment.</summary>
internal static class WorkloadOf
{
    public static IEnumerable<IKubernetesObject<V1ObjectMeta>> Pool(GatheredPool pool, OperatorSettings settings, int replicas)
    {
        if (!pool.HasClaims)
        {
            yield return Marked(DeploymentOf.Pool(pool, settings, replicas, Template(pool, pool.Deployment, settings)), pool.Rollout.Mark);
            yield break;
        }

        yield return Marked(StatefulSetOf.Pool(pool, settings, replicas, Template(pool, pool.StatefulSet, settings)), pool.Rollout.Mark);

        // A spool was added: the pods without one serve until those with one are ready.
        if (pool.Deployment is { } before && !pool.IsBeingDeleted && (pool.StatefulSet?.ReadyReplicas ?? 0) < replicas)
        {
            yield return Marked(DeploymentOf.Pool(pool, settings, before.Replicas, before.Template ?? PodTemplateOf.Pool(pool, settings)), before.Rollout);
        }
    }

    private static V1PodTemplateSpec Template(GatheredPool pool, GatheredWorkload? existing, OperatorSettings settings) =>
        pool.Rollout.IsHeld && existing?.Template is { } held ? held : PodTemplateOf.Pool(pool, settings);

    private static IKubernetesObject<V1ObjectMeta> Marked(IKubernetesObject<V1ObjectMeta> workload, RolloutMark? mark)
    {
        if (mark is not null)
        {
            workload.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [PoolNames.RolloutAnnotation] = mark.ToString() };
        }

        return workload;
    }
}
