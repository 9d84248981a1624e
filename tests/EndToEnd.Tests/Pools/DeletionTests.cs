using System.Runtime.Versioning;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class DeletionTests(PoolCluster cluster)
{
    [Fact]
    public async Task A_pool_that_is_deleted_under_load_lets_every_transaction_end()
    {
        var pool = await cluster.CreatePoolAsync("short");
        await pool.ServesAsync(pods: 2);
        var pods = pool.Pods;
        await using var load = pool.StartLoad();
        await load.FlowsAsync();

        await pool.DeleteAsync();
        await Eventually.True(() => pool.Json is null && pool.StoredPods.Count == 0, "the pool and its pods are gone", 30);
        var report = await load.StopAsync();

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);
        Assert.All(pods, pod => Assert.Equal(0, pod.ExitCode));
    }
}
