using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class ClaimChangesTests
{
    [Fact]
    public void Volumes_grow_with_the_pool_and_the_StatefulSet_is_made_anew_around_its_pods()
    {
        var pool = Sized("20Gi", claims: "10Gi", set: "10Gi");
        var changes = Of(pool);
        Assert.Equal(["spool-corp-0", "spool-corp-1"], changes.Grow.Select(claim => claim.Name));
        Assert.Equal("20Gi", changes.Storage);
        Assert.True(changes.ReplaceStatefulSet);
        Assert.Equal("20Gi", Reading.Single<V1StatefulSet>(pool).Spec.VolumeClaimTemplates[0].Spec.Resources.Requests["storage"].ToString());
    }

    [Theory]
    [InlineData("10Gi", "10Gi", "10Gi")]
    [InlineData("10Gi", "10240Mi", "10240Mi")] // the same in other words
    [InlineData("10Gi", "12Gi", "10Gi")] // somebody grew a claim by hand: it never shrinks
    public void What_is_large_enough_is_left_alone(string pool, string claims, string set)
    {
        var changes = Of(Sized(pool, claims, set));
        Assert.Empty(changes.Grow);
        Assert.False(changes.ReplaceStatefulSet);
    }

    [Fact]
    public void A_claim_that_is_on_its_way_out_does_not_grow()
    {
        var pool = Sized("20Gi", claims: "10Gi", set: "20Gi");
        Assert.Equal(
            ["spool-corp-0"],
            Of(pool with { Claims = [pool.Claims[0], pool.Claims[1] with { IsBeingDeleted = true }] }).Grow.Select(claim => claim.Name));
    }

    private static ClaimChanges Of(GatheredPool pool) => PoolResources.For(pool, Reading.Settings).Claims;

    private static GatheredPool Sized(string pool, string claims, string set) =>
        Reading.Pool(spec => spec with { Spool = new SpoolSpec { Storage = new SpoolStorageSpec { Size = pool } } }) with
        {
            StatefulSet = new GatheredWorkload { Replicas = 2, ClaimStorage = set },
            Pods = [Reading.Pod("corp-0"), Reading.Pod("corp-1")],
            Claims = [Reading.Claim(0) with { Storage = claims }, Reading.Claim(1) with { Storage = claims }],
        };
}
