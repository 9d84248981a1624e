using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// What a relay pod looks like: fit for the Pod Security Standard "restricted", with spec.template merged in. The
/// configuration's hash is not in it, since a change of the configuration reaches the pods without a restart.
/// </summary>
internal static class PodTemplateOf
{
    // User and group of .NET's own images, so that the volumes' files are the relay's.
    private const long Group = 1654;

    private const string HostName = "kubernetes.io/hostname";

    public static V1PodTemplateSpec Pool(GatheredPool pool, OperatorSettings settings)
    {
        var template = pool.Pool.Spec.Template;
        return new V1PodTemplateSpec
        {
            Metadata = new V1ObjectMeta { Labels = PoolLabels.OfPods(pool), Annotations = Annotations(pool) },
            Spec = new V1PodSpec
            {
                ServiceAccountName = pool.Pool.Metadata.Name,
                AutomountServiceAccountToken = true,
                EnableServiceLinks = false,
                TerminationGracePeriodSeconds = template.TerminationGracePeriodSeconds,
                SecurityContext = new V1PodSecurityContext
                {
                    RunAsNonRoot = true,
                    FsGroup = Group,
                    FsGroupChangePolicy = "OnRootMismatch",
                    SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
                },
                ImagePullSecrets = template.ImagePullSecrets.Length == 0
                    ? null
                    : [.. template.ImagePullSecrets.Select(secret => new V1LocalObjectReference { Name = secret.Name })],
                NodeSelector = NodeSelector(pool),
                Tolerations = template.Tolerations.Length == 0 ? null : [.. KubernetesParts.Read<V1Toleration>(template.Tolerations)],
                Affinity = KubernetesParts.Read<V1Affinity>(template.Affinity) ?? ApartByNode(pool),
                TopologySpreadConstraints = [.. Spread(pool)],
                PriorityClassName = template.PriorityClassName.Length > 0 ? template.PriorityClassName : null,
                Containers = [RelayContainer.Pool(pool, settings)],
                Volumes = [.. RelayVolumes.Of(pool)],
            },
        };
    }

    private static Dictionary<string, string> Annotations(GatheredPool pool)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Nothing in the emptyDirs outlives a pod, so they need not keep a node from being scaled away.
            ["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"] = $"{RelayVolumes.Temp},{RelayVolumes.Socket}",
            ["kubectl.kubernetes.io/default-container"] = RelayContainer.Name,
        };
        foreach (var (key, value) in pool.Pool.Spec.Template.Annotations)
        {
            annotations[key] = value;
        }

        return annotations;
    }

    private static Dictionary<string, string> NodeSelector(GatheredPool pool)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes.io/os"] = "linux" };
        foreach (var (key, value) in pool.Pool.Spec.Template.NodeSelector)
        {
            labels[key] = value;
        }

        return labels;
    }

    private static V1Affinity ApartByNode(GatheredPool pool) => new()
    {
        PodAntiAffinity = new V1PodAntiAffinity
        {
            PreferredDuringSchedulingIgnoredDuringExecution =
            [
                new V1WeightedPodAffinityTerm
                {
                    Weight = 100,
                    PodAffinityTerm = new V1PodAffinityTerm
                    {
                        TopologyKey = HostName,
                        LabelSelector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
                    },
                },
            ],
        },
    };

    private static IEnumerable<V1TopologySpreadConstraint> Spread(GatheredPool pool)
    {
        var selector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) };
        if (pool.Pool.Spec.Template.TopologySpreadConstraints.Length == 0)
        {
            yield return new V1TopologySpreadConstraint
            {
                MaxSkew = 1, TopologyKey = "topology.kubernetes.io/zone", WhenUnsatisfiable = "ScheduleAnyway", LabelSelector = selector,
            };
        }

        foreach (var constraint in KubernetesParts.Read<V1TopologySpreadConstraint>(pool.Pool.Spec.Template.TopologySpreadConstraints))
        {
            constraint.LabelSelector ??= selector;
            yield return constraint;
        }
    }
}
