using System.Runtime.Versioning;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class FailureTests(PoolCluster cluster)
{
    private const int Sessions = 4;

    [Fact]
    public async Task A_pod_that_is_killed_loses_nothing_that_it_acknowledged_and_comes_back()
    {
        await using var load = cluster.Pool.StartLoad(Sessions);
        await load.FlowsAsync();

        var pod = cluster.Pool.Pods[0];
        await pod.Process.KillAsync();
        await load.FlowsAsync();
        await Eventually.True(() => pod.Restarts == 1 && !pod.Process.HasExited, "its container is started again");
        await cluster.Pool.ServesAsync(pods: 2);
        await load.FlowsAsync();
        var report = await load.StopAsync();

        // Of a pod that is killed, the transactions under way end unanswered.
        Assert.True(report.Errors.Count <= Sessions, string.Join('\n', report.Errors));
        cluster.AssertNothingLost(report);
    }

    [Fact]
    public async Task While_the_operator_is_away_a_hub_that_dies_and_returns_is_noticed_by_no_client()
    {
        await cluster.Operator.StopAsync();
        var report = await LoseHubAsync();
        cluster.Operator.Start();
        await cluster.Pool.ServesAsync(pods: 2);

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);
    }

    [Fact]
    public async Task While_the_API_server_is_away_a_hub_that_dies_and_returns_is_noticed_by_no_client()
    {
        await cluster.Server.DownAsync();
        var report = await LoseHubAsync();
        await cluster.Server.UpAsync();
        await cluster.Pool.ServesAsync(pods: 2);

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);
    }

    private async Task<LoadReport> LoseHubAsync()
    {
        await using var load = cluster.Pool.StartLoad(Sessions);
        await load.FlowsAsync();
        await cluster.First.Process!.KillAsync();
        await load.FlowsAsync(300);
        await cluster.First.StartAgainAsync();
        var before = cluster.First.ArrivedCount;
        await Eventually.True(() => cluster.First.ArrivedCount > before, "the hub is used again", 30);
        return await load.StopAsync();
    }
}
