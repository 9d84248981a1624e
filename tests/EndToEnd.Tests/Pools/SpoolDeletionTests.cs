using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>A pool with spools is deleted under load.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class SpoolDeletionTests(PoolCluster cluster)
{
    [Fact]
    public async Task Every_transaction_ends_and_the_pool_goes_when_its_spools_are_empty_even_if_it_is_scaled_up_meanwhile()
    {
        var pool = await cluster.CreatePoolAsync("deleted", "  replicas: 2\n  spool: { storage: { size: 1Gi } }");
        await pool.ServesAsync(pods: 2);
        var (pods, claims) = (pool.Pods, pool.Claims);
        await using var load = pool.StartLoad();
        await load.FlowsAsync();
        using var held = await HeldTransaction.BeginAsync(pool.PodAt(0));

        await pool.DeleteAsync();
        await Eventually.True(() => pool.Ordinals == "0" && pool.StoredPods.Count == 1, "the pod that holds nothing has left", 30);
        await pool.ScaleAsync(3);
        using (var refused = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(pool.PodAt(0).Address, 2525)))
        {
            Assert.StartsWith("421", await refused.ReplyAsync(), StringComparison.Ordinal);
        }

        var heldId = await held.EndAsync();
        await Eventually.True(() => pool.Json is null, "the pool is gone", 30);
        var report = await load.StopAsync();

        Assert.Empty(pool.StoredPods);
        Assert.Empty(pool.Claims);
        Assert.All(claims.Values, claim => Assert.False(cluster.Pods.Claims.Exists(claim.Uid())));
        Assert.All(pods, pod => Assert.Equal(0, pod.ExitCode));
        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report with { Acknowledged = [.. report.Acknowledged, heldId] });
    }
}
