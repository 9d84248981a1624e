using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>One operator for all namespaces, with the chart's ClusterRole. On a stand-in always: a cluster that others use has pools of others.</summary>
public sealed class EverywhereTests : RunningOperator
{
    protected override bool IsEverywhere => true;

    protected override Task<TestCluster> StartAsync() => TestCluster.StandInAsync();

    [Fact]
    public async Task Pools_of_all_namespaces_are_served_those_of_later_ones_too()
    {
        await ServeAsync("corp");

        await Target.CreateOtherAsync();
        await CreateHubAsync("ht05", ns: Target.OtherNamespace);
        await CreatePoolAsync("erp", ns: Target.OtherNamespace);

        await Eventually.True(() => ExistsAsync(ResourceKind.PodDisruptionBudget, "erp", Target.OtherNamespace), "the other pool is served");
        var secret = await FindAsync(ResourceKind.Secret, "erp-config", Target.OtherNamespace);
        Assert.NotNull(secret);
        Assert.DoesNotContain("ht05", await PoolJsonAsync("corp"), StringComparison.Ordinal);
        await ServedAsync("corp");
    }

    [Fact]
    public async Task A_namespace_that_goes_takes_its_pools_along()
    {
        await Target.CreateOtherAsync();
        await ServeAsync("corp");
        await CreatePoolAsync("erp", ns: Target.OtherNamespace);
        await Eventually.True(() => ExistsAsync(ResourceKind.PodDisruptionBudget, "erp", Target.OtherNamespace), "the other pool is served");

        var leaving = ObjectMeta.Of((await Admin.GetAsync(ResourceKind.Namespace, new ObjectKey("", Target.OtherNamespace), Cancel))!.Value);
        await Admin.DeleteAsync(ResourceKind.Namespace, leaving, unchanged: false, "Background", Cancel);

        await Eventually.True(async () => await Admin.GetAsync(ResourceKind.Namespace, leaving.Key, Cancel) is null, "it is gone", seconds: 30);
        await SettledAsync();
        Assert.DoesNotContain(Line.Log.All, request => request.Namespace == leaving.Name);
        await CreateHubAsync("ht03");
        await KnowsAsync("corp", "ht03");
    }
}
