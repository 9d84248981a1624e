using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Pods with spools are removed while no hub takes mail: the pods that stay take it over.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class SpoolHandOverTests(PoolCluster cluster)
{
    [Fact]
    public async Task Scaled_down_with_no_hub_in_reach_nothing_is_lost_or_doubled_and_no_claim_stays_behind()
    {
        var pool = await cluster.CreatePoolAsync("handed", "  replicas: 3\n  spool: { storage: { size: 1Gi } }");
        await pool.ServesAsync(pods: 3);
        var before = pool.Claims;
        var (first, second) = (FreePort.Next(), FreePort.Next());
        await cluster.RegisterAsync("ht01", first);
        await cluster.RegisterAsync("ht02", second);
        await Eventually.True(async () => (await pool.HubsSeenAsync()).All(healthy => healthy == 0), "no pod sees a hub", 30);

        await using (var load = pool.StartLoad())
        {
            await load.FlowsAsync();
            await Eventually.True(async () => await QueuedAsync(pool, 1) > 3 && await QueuedAsync(pool, 2) > 3, "every pod holds mail", 30);
            await pool.ScaleAsync(1);
            await Eventually.True(() => pool.Ordinals == "0", "the claims of the pods that left are gone", 60);
            await load.FlowsAsync();
            var report = await load.StopAsync();

            Assert.Empty(report.Errors);
            Assert.Equal(report.Acknowledged.Count, await QueuedAsync(pool, 0));
            Assert.False(cluster.Pods.Claims.Exists(before[1].Uid()));
            Assert.False(cluster.Pods.Claims.Exists(before[2].Uid()));

            await cluster.RegisterAsync("ht01", cluster.First.Port);
            await cluster.RegisterAsync("ht02", cluster.Second.Port);
            await Eventually.True(async () => await QueuedAsync(pool, 0) == 0, "the hubs have all of it", 60);
            cluster.AssertNothingLost(report);
            var arrived = cluster.First.ArrivedIds().Concat(cluster.Second.ArrivedIds()).CountBy(id => id).ToDictionary(StringComparer.Ordinal);
            Assert.DoesNotContain(report.Acknowledged, id => arrived[id] > 1);
        }

        await pool.ServesAsync(pods: 1);
        await pool.DeleteAsync();
        await Eventually.True(() => pool.Json is null, "the pool is gone", 30);
    }

    private static async Task<long> QueuedAsync(ServedPool pool, int pod) =>
        (await pool.PodAt(pod).Admin.StatusAsync()).GetProperty("spool").GetProperty("messages").GetInt64();
}
