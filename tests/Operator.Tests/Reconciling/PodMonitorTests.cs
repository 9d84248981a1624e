using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Watching;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>The Prometheus operator's definition comes later than the operator, and goes before it.</summary>
public sealed class PodMonitorTests : RunningOperator
{
    private static readonly ResourceKind Definition =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", IsNamespaced: false);

    [Fact]
    public async Task Pools_have_a_PodMonitor_as_long_as_the_cluster_knows_what_that_is()
    {
        await InstallAsync();
        await CreatePoolAsync("auto");
        await CreatePoolAsync("enabled", ""","podMonitor":{"mode":"Enabled","labels":{"release":"prometheus"} }""");
        await CreatePoolAsync("disabled", ""","podMonitor":{"mode":"Disabled"}""");
        var run = Start(options => options with { Watches = new WatchTimes { LookAgain = TimeSpan.FromSeconds(0.2) } });
        await Eventually.True(async () => await ConditionAsync("enabled", "PodMonitorMissing") == "True/NotServed", "who asks for one is told that there is none");
        await ServedAsync("auto");
        Assert.Equal("", await ConditionAsync("auto", "PodMonitorMissing"));

        await Admin.CreateAsync(Definition, "", Json("""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"podmonitors.monitoring.coreos.com"},
             "spec":{"group":"monitoring.coreos.com","scope":"Namespaced","names":{"plural":"podmonitors","singular":"podmonitor","kind":"PodMonitor","listKind":"PodMonitorList"},
               "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",
                 "properties":{"spec":{"type":"object","x-kubernetes-preserve-unknown-fields":true} } } } }] } }
            """), Cancel);
        await Eventually.True(async () => await ExistsAsync(ResourceKind.PodMonitor, "auto") && await ExistsAsync(ResourceKind.PodMonitor, "enabled"), "both have one");
        Assert.Equal("prometheus", (string?)(await FindAsync(ResourceKind.PodMonitor, "enabled"))!["metadata"]!["labels"]!["release"]);
        Assert.False(await ExistsAsync(ResourceKind.PodMonitor, "disabled"));
        await Eventually.True(async () => await ConditionAsync("enabled", "PodMonitorMissing") == "", "nothing is missing any more");

        var found = (await Admin.GetAsync(Definition, new ObjectKey("", "podmonitors.monitoring.coreos.com"), Cancel))!.Value;
        await Admin.DeleteAsync(Definition, ObjectMeta.Of(found), unchanged: false, "Background", Cancel);
        await Eventually.True(async () => await ConditionAsync("enabled", "PodMonitorMissing") == "True/NotServed", "it is missing again");
        await SettledAsync();
        Assert.DoesNotContain(run.Log, line => line.Contains("failed", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Equal(2, run.Log.Count(line => line.Contains("The cluster does not know podmonitors", StringComparison.Ordinal)));
    }

    // A definition is of the whole cluster: where others use it none may come and go.
    protected override Task<TestCluster> StartAsync() => TestCluster.StandInAsync();
}
