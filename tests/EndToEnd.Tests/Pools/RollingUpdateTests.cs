using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class RollingUpdateTests(PoolCluster cluster)
{
    [Fact]
    public async Task Pods_that_are_replaced_under_load_cost_no_client_an_error_and_lose_nothing()
    {
        var before = cluster.Pool.Pods;
        await using var load = cluster.Pool.StartLoad();
        await load.FlowsAsync();

        await RollAsync("under-load");
        await load.FlowsAsync();
        var report = await load.StopAsync();

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);
        Assert.All(before, pod => Assert.Equal(0, pod.ExitCode));
    }

    [Fact]
    public async Task While_every_hub_is_down_pods_are_replaced_all_the_same()
    {
        await cluster.First.Process!.KillAsync();
        await cluster.Second.Process!.KillAsync();

        await RollAsync("hubs-down");
        await Eventually.True(() => cluster.Pool.Condition("HubsAvailable").StartsWith("False/", StringComparison.Ordinal), "the status says that no hub is there");

        await cluster.First.StartAgainAsync();
        await cluster.Second.StartAgainAsync();
        await cluster.Pool.ServesAsync(pods: 2);
    }

    private async Task RollAsync(string label)
    {
        await cluster.Pool.PatchAsync($$$"""{"spec":{"template":{"labels":{"example.org/round":"{{{label}}}"} } } }""");
        await Eventually.True(
            () => cluster.Pool.Has(pods: 2) && cluster.Pool.StoredPods.All(pod => pod.Label("example.org/round") == label),
            "every pod is of the new template",
            60);
    }
}
