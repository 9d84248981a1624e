using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Pods that each come back to their own spool.</summary>
internal static class StatefulSetOf
{
    public static V1StatefulSet Pool(GatheredPool pool, OperatorSettings settings, int replicas, V1PodTemplateSpec template) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "StatefulSet",
        Metadata = PoolMetadata.Of(pool, settings),
        Spec = new V1StatefulSetSpec
        {
            Replicas = replicas,
            ServiceName = PoolNames.Headless(pool),
            // In order, one pod that cannot start would keep all behind it from starting.
            PodManagementPolicy = "Parallel",
            UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "RollingUpdate" },
            RevisionHistoryLimit = 3,
            Selector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
            Template = template,
            VolumeClaimTemplates = [Claim(pool)],
            // A claim may hold mail: only the operator deletes one, when its spool was emptied.
            PersistentVolumeClaimRetentionPolicy =
                new V1StatefulSetPersistentVolumeClaimRetentionPolicy { WhenDeleted = "Retain", WhenScaled = "Retain" },
        },
    };

    // Templates of claims cannot be changed: they carry no label that an upgrade would.
    private static V1PersistentVolumeClaim Claim(GatheredPool pool)
    {
        var storage = pool.Pool.Spec.Spool!.Storage!;
        return new V1PersistentVolumeClaim
        {
            ApiVersion = "v1",
            Kind = "PersistentVolumeClaim",
            Metadata = new V1ObjectMeta { Name = PoolNames.Claim, Labels = PoolLabels.OfClaims(pool) },
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = ["ReadWriteOnce"],
                StorageClassName = storage.StorageClassName.Length > 0 ? storage.StorageClassName : null,
                Resources = new V1VolumeResourceRequirements
                {
                    Requests = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal) { ["storage"] = new(storage.Size) },
                },
            },
        };
    }
}
