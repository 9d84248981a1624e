using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class PoolStartTests(PoolCluster cluster)
{
    [Fact]
    public async Task A_pool_that_is_created_takes_mail_by_its_VIP_and_forwards_it_to_its_hubs()
    {
        var load = new LoadClient(cluster.Pool.Vip.Address, 8);
        var report = await load.SendAsync(400);

        Assert.Empty(report.Errors);
        Assert.Equal(400, report.Acknowledged.Count);
        cluster.AssertNothingLost(report);
        Assert.All([cluster.First, cluster.Second], hub => Assert.NotEqual(0, hub.ArrivedCount));
        foreach (var pod in cluster.Pool.Pods)
        {
            var hubs = (await pod.Admin.StatusAsync()).GetProperty("hubs").EnumerateArray();
            Assert.NotEqual(0, hubs.Sum(hub => hub.GetProperty("delivered").GetInt64()));
        }
    }

    [Fact]
    public void Its_status_says_that_it_serves_and_where()
    {
        Assert.Equal("True/Serving", cluster.Pool.Condition("Ready"));
        Assert.Equal("True/Available", cluster.Pool.Condition("HubsAvailable"));
        Assert.Equal("True/Applied", cluster.Pool.Condition("ConfigApplied"));
        Assert.Equal("2/2", cluster.Pool.Json.At("status", "hubs", "summary").Text());
        Assert.NotEmpty(cluster.Pool.Json.At("status", "vip", "addresses").Texts());
    }
}
