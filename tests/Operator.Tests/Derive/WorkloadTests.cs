using System.Text;
using k8s;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class WorkloadTests
{
    [Fact]
    public void A_StatefulSet_starts_its_pods_side_by_side_and_keeps_their_claims()
    {
        var set = Reading.Single<V1StatefulSet>(Reading.PoolWithClaims()).Spec;
        Assert.Equal(
            (2, "corp-pods", "Parallel", "RollingUpdate", "Retain", "Retain"),
            (set.Replicas, set.ServiceName, set.PodManagementPolicy, set.UpdateStrategy.Type,
                set.PersistentVolumeClaimRetentionPolicy.WhenDeleted, set.PersistentVolumeClaimRetentionPolicy.WhenScaled));
        var claim = Assert.Single(set.VolumeClaimTemplates);
        Assert.Equal(("spool", "10Gi", null), (claim.Metadata.Name, claim.Spec.Resources.Requests["storage"].ToString(), claim.Spec.StorageClassName));
        Assert.Equal(["ReadWriteOnce"], claim.Spec.AccessModes);
        // Found again by a later pool of that name, and by whatever version of the operator.
        Assert.Equal(new Dictionary<string, string>(set.Selector.MatchLabels) { ["app.kubernetes.io/managed-by"] = "relay-operator" }, claim.Metadata.Labels);
    }

    [Fact]
    public void A_claim_asks_for_the_storage_class_of_the_pool()
    {
        var pool = Reading.Pool(spec => spec with { Spool = new SpoolSpec { Storage = new SpoolStorageSpec { Size = "1Gi", StorageClassName = "fast" } } });
        Assert.Equal("fast", Reading.Single<V1StatefulSet>(pool).Spec.VolumeClaimTemplates[0].Spec.StorageClassName);
    }

    [Fact]
    public void A_shared_database_leaves_the_pods_in_a_Deployment_that_never_has_fewer_ready()
    {
        var pool = Reading.Pool(spec => spec with { Spool = new SpoolSpec { Postgres = new SpoolPostgresSpec { ConnectionSecretRef = new SecretReference { Name = "db" } } } })
            with { Secrets = [Reading.Secret("db", "1", ("uri", "postgres://u:p@db.example:6432/spool"))] };
        var deployment = Reading.Single<V1Deployment>(pool).Spec;
        Assert.Equal((2, "1", "0"), (deployment.Replicas, deployment.Strategy.RollingUpdate.MaxSurge.Value, deployment.Strategy.RollingUpdate.MaxUnavailable.Value));
    }

    [Fact]
    public void A_held_rollout_keeps_the_pod_template_while_all_else_is_applied()
    {
        var before = Reading.Single<V1Deployment>(Reading.Pool()).Spec.Template;
        var pool = Reading.Pool(spec => spec with { Replicas = 4 }) with { Deployment = new GatheredWorkload { Replicas = 2, TemplateJson = Encoding.UTF8.GetBytes(KubernetesJson.Serialize(before)) } };
        var newer = Reading.Settings with { RelayImage = "example/relay:2.0.0" };
        var held = Reading.Single<V1Deployment>(PoolResources.For(pool with { Rollout = new RolloutTurn { IsHeld = true } }, newer)).Spec;
        Assert.Equal((4, "example/relay:1.0.0"), (held.Replicas, held.Template.Spec.Containers[0].Image));
        Assert.Equal("example/relay:2.0.0", Reading.Single<V1Deployment>(PoolResources.For(pool, newer)).Spec.Template.Spec.Containers[0].Image);
    }

    [Fact]
    public void What_was_decided_about_the_template_stands_on_the_workload()
    {
        var mark = new RolloutMark { InForce = new TemplateVersion("a", "1") };
        var turn = new RolloutTurn { Mark = mark };
        Assert.Equal(mark.ToString(), Reading.Single<V1Deployment>(Reading.Pool() with { Rollout = turn }).Metadata.Annotations[PoolNames.RolloutAnnotation]);
        Assert.Equal(mark.ToString(), Reading.Single<V1StatefulSet>(Reading.PoolWithClaims() with { Rollout = turn }).Metadata.Annotations[PoolNames.RolloutAnnotation]);
        // The workload that makes room for another keeps its own.
        var before = new GatheredWorkload { Replicas = 2, Rollout = new RolloutMark { InForce = new TemplateVersion("b", "2") } };
        var moving = Reading.PoolWithClaims() with { Rollout = turn, Deployment = before };
        Assert.Equal(before.Rollout.ToString(), Reading.Single<V1Deployment>(moving).Metadata.Annotations[PoolNames.RolloutAnnotation]);
    }

    [Fact]
    public void A_spool_added_later_leaves_the_pods_without_one_until_those_with_one_are_ready()
    {
        var pool = Reading.PoolWithClaims() with { Deployment = new GatheredWorkload { Replicas = 2 } };
        Assert.Equal(2, Reading.Single<V1Deployment>(pool).Spec.Replicas);
        var half = pool with { StatefulSet = new GatheredWorkload { Replicas = 2, ReadyReplicas = 1 } };
        Assert.Equal(2, Reading.Single<V1Deployment>(half).Spec.Replicas);
        var ready = pool with { StatefulSet = new GatheredWorkload { Replicas = 2, ReadyReplicas = 2 } };
        Assert.Empty(PoolResources.For(ready, Reading.Settings).Objects.OfType<V1Deployment>());
    }
}
