using k8s.Models;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

/// <summary>A pool with spools on volumes, from its deletion to its end.</summary>
public sealed class RemovedPoolTests
{
    [Fact]
    public void Its_pods_keep_all_that_they_need_until_their_spools_are_empty()
    {
        var resources = PoolResources.For(Deleted(), Reading.Settings);
        Assert.Equal(
            ["ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Secret", "Service", "Service", "StatefulSet", "PodDisruptionBudget"],
            resources.Objects.Select(item => item.Kind));
        Assert.Equal(2, Reading.Single<V1StatefulSet>(resources).Spec.Replicas);
    }

    [Fact]
    public void They_are_told_that_they_leave_and_that_no_peer_stays()
    {
        var told = Told(PoolResources.For(Deleted(), Reading.Settings));
        Assert.True(told.Deleted);
        Assert.Equal(["corp-0", "corp-1"], told.Draining);
        Assert.False(Told(PoolResources.For(Deleted() with { IsBeingDeleted = false }, Reading.Settings)).Deleted);
    }

    [Fact]
    public void They_are_told_so_whatever_else_is_wrong()
    {
        var written = Reading.Written(PoolResources.For(Deleted() with { IsBeingDeleted = false }, Reading.Settings));
        var resources = PoolResources.For(Deleted() with { Written = written, Faults = ["spec.listeners: found none; allowed: one"] }, Reading.Settings);
        Assert.True(Told(resources).Deleted);
        Assert.Equal(["corp-0", "corp-1"], Told(resources).Draining);
        Assert.Equal(written.Sequence + 1, resources.Config.Sequence);
        Assert.True(resources.MayPrune);
    }

    [Fact]
    public void Nothing_is_left_when_pods_and_claims_are_gone()
    {
        Assert.NotEmpty(PoolResources.For(Deleted() with { Pods = [] }, Reading.Settings).Objects);
        Assert.NotEmpty(PoolResources.For(Deleted() with { Claims = [] }, Reading.Settings).Objects);
        Assert.Empty(PoolResources.For(Deleted() with { Pods = [], Claims = [] }, Reading.Settings).Objects);
    }

    [Fact]
    public void Where_its_mail_is_given_up_pods_that_still_run_keep_what_they_live_by_and_what_keeps_others_from_them()
    {
        var abandoned = Deleted() with { IsAbandoned = true };
        Assert.Equal(
            ["ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Secret"],
            PoolResources.For(abandoned, Reading.Settings).Objects.Select(item => item.Kind));
        Assert.Empty(PoolResources.For(abandoned with { Pods = [] }, Reading.Settings).Objects);
    }

    [Fact]
    public void The_annotation_alone_gives_nothing_up() =>
        Assert.Equal(9, PoolResources.For(Deleted() with { IsBeingDeleted = false, IsAbandoned = true }, Reading.Settings).Objects.Length);

    private static GatheredPool Deleted() => Reading.PoolWithClaims() with
    {
        IsBeingDeleted = true,
        StatefulSet = new GatheredWorkload { Replicas = 2 },
        Pods = [Reading.Pod("corp-0"), Reading.Pod("corp-1")],
        Claims = [Reading.Claim(0), Reading.Claim(1)],
    };

    private static RenderedPool Told(PoolResources resources) => PoolConfigJson.Parse(resources.Config.Data![RenderedPool.Key]).Pool!;
}
