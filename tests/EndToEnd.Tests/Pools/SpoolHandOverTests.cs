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

    [Fact]
    public async Task Killed_in_the_middle_neither_the_pod_that_leaves_nor_the_one_that_takes_loses_anything()
    {
        var pool = await cluster.CreatePoolAsync("killed", "  replicas: 2\n  spool: { storage: { size: 1Gi } }");
        await pool.ServesAsync(pods: 2);
        await cluster.RegisterAsync("ht01", FreePort.Next());
        await cluster.RegisterAsync("ht02", FreePort.Next());
        await Eventually.True(async () => (await pool.HubsSeenAsync()).All(healthy => healthy == 0), "no pod sees a hub", 30);
        List<string> acknowledged = [];
        await using (var load = pool.StartLoad(sessions: 8))
        {
            await Eventually.True(async () => await QueuedAsync(pool, 1) > 500, "the second pod holds much", 60);
            acknowledged.AddRange((await load.StopAsync()).Acknowledged);
        }

        var held = await QueuedAsync(pool, 0);
        await pool.ScaleAsync(1);
        await Eventually.True(async () => await QueuedAsync(pool, 0) > held + 20, "it is being handed over", 30);
        await pool.PodAt(0).Process.KillAsync();
        await pool.PodAt(1).Process.KillAsync();
        await Eventually.True(() => pool.Ordinals == "0", "the second pod has left after all", 60);

        await cluster.RegisterAsync("ht01", cluster.First.Port);
        await cluster.RegisterAsync("ht02", cluster.Second.Port);
        await Eventually.True(async () => await QueuedAsync(pool, 0) == 0, "the hubs have all of it", 60);
        var arrived = cluster.First.ArrivedIds().Concat(cluster.Second.ArrivedIds()).CountBy(id => id).ToDictionary(StringComparer.Ordinal);
        Assert.DoesNotContain(acknowledged, id => !arrived.ContainsKey(id));

        // Eight are handed over at a time: the answers to these may have been lost with their sender.
        Assert.InRange(acknowledged.Sum(id => arrived[id] - 1), 0, 8);
        await pool.DeleteAsync();
        await Eventually.True(() => pool.Json is null, "the pool is gone", 30);
    }

    private static async Task<long> QueuedAsync(ServedPool pool, int pod) =>
        (await pool.PodAt(pod).Admin.StatusAsync()).GetProperty("spool").GetProperty("messages").GetInt64();
}
