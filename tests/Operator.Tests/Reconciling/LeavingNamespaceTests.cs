using System.Text;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>A namespace is deleted under an operator that serves all of them, on a stand-in: it takes rights in the whole cluster.</summary>
public sealed class LeavingNamespaceTests : RunningOperator
{
    private const string Other = "leaving";

    protected override bool IsEverywhere => true;

    protected override Task<TestCluster> StartAsync() => TestCluster.StandInAsync();

    [Fact]
    public async Task A_pool_with_spools_does_not_hold_its_namespace_up()
    {
        await InstallAsync();
        await Target.Admin.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = Other } }, cancellationToken: Cancel);
        await Admin.CreateAsync(
            ResourceKind.RelayPool,
            Other,
            Json("""
                {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"corp","namespace":"leaving"},
                 "spec":{"listeners":[{"name":"smtp","port":25}],"access":[{"name":"lob","clientCIDRs":["10.20.0.0/16"]}],
                         "hubs":{"selector":{"matchLabels":{"pool":"corp"}}},"spool":{"storage":{"size":"1Gi"}},
                         "template":{"nodeSelector":{"example.org/none":"here"}}}}
                """),
            Cancel);
        var run = Start();
        await Eventually.True(async () => await Admin.GetAsync(ResourceKind.StatefulSet, new ObjectKey(Other, "corp"), Cancel) is not null, "the pool has its pods");
        var pool = (await Admin.GetAsync(ResourceKind.RelayPool, new ObjectKey(Other, "corp"), Cancel))!.Value;
        Assert.Equal(["relayoperator.io/spool"], ObjectMeta.Of(pool).Finalizers);

        await Target.Admin.DeleteNamespaceAsync(Other, cancellationToken: Cancel);

        await Eventually.True(async () => await Admin.GetAsync(ResourceKind.Namespace, new ObjectKey("", Other), Cancel) is null, "the namespace is gone", 20);
        Assert.True(run.HasLogged("RelayPool leaving/corp goes with its namespace; mail in its spools is lost with their volumes"));
        await Eventually.True(
            async () =>
            {
                using var metrics = new MemoryStream();
                await run.Registry.CollectAndExportAsTextAsync(metrics, Cancel);
                return Encoding.UTF8.GetString(metrics.ToArray()).Contains("relay_operator_spools_abandoned_total{reason=\"namespace\"} 1\n", StringComparison.Ordinal);
            },
            "it is counted");
    }
}
