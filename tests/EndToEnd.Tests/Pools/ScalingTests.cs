using System.Runtime.Versioning;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class ScalingTests(PoolCluster cluster)
{
    [Fact]
    public async Task Scaled_to_three_to_one_and_to_three_again_under_load_it_costs_no_client_an_error_and_loses_nothing()
    {
        await using var load = cluster.Pool.StartLoad();
        await load.FlowsAsync();

        foreach (var pods in (int[])[3, 1, 3])
        {
            await cluster.Pool.ScaleAsync(pods);
            await cluster.Pool.ServesAsync(pods);
            await load.FlowsAsync();
        }

        var report = await load.StopAsync();
        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);

        await cluster.Pool.ScaleAsync(2);
        await cluster.Pool.ServesAsync(pods: 2);
    }
}
