using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Pods with spools are removed and come back, under load.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class SpoolScalingTests(PoolCluster cluster)
{
    private const string Spool = "  spool: { storage: { size: 1Gi } }";

    [Fact]
    public async Task By_kubectl_scaled_down_up_again_half_way_and_down_costs_no_error_and_no_message()
    {
        var pool = await cluster.CreatePoolAsync("scaled", $"  replicas: 3\n{Spool}");
        await ScaleDownUpAndDownAsync(pool, pool.ScaleAsync);
    }

    [Fact]
    public async Task By_an_autoscaler_scaled_down_up_again_half_way_and_down_costs_no_error_and_no_message()
    {
        var pool = await cluster.CreatePoolAsync("autoscaled", $"  autoscaling: {{ minReplicas: 1, maxReplicas: 3 }}\n{Spool}");
        await Eventually.True(() => cluster.Server.Cluster.Get(BuiltInKinds.Autoscaler, cluster.Space, "autoscaled") is not null, "it is autoscaled");
        await AutoscaleAsync(3);
        await ScaleDownUpAndDownAsync(pool, AutoscaleAsync);

        Task AutoscaleAsync(int pods)
        {
            cluster.Server.Controllers.Autoscaler.Scale(cluster.Space, "autoscaled", pods);
            return Task.CompletedTask;
        }
    }

    private async Task ScaleDownUpAndDownAsync(ServedPool pool, Func<int, Task> scaleAsync)
    {
        await pool.ServesAsync(pods: 3);
        var before = pool.Claims;
        await File.WriteAllTextAsync(SpoolOf(pool, 1), "mail");
        await using var load = pool.StartLoad();
        await load.FlowsAsync();

        // The second pod is in the middle of a message, so only the third one can go.
        using var held = await HeldTransaction.BeginAsync(pool.PodAt(1));
        await scaleAsync(1);
        await Eventually.True(() => pool.Ordinals == "0 1" && pool.Condition("Drained") == "False/Draining", "the third pod has left", 30);
        Assert.False(cluster.Pods.Claims.Exists(before[2].Uid()));

        await scaleAsync(3);
        await pool.ServesAsync(pods: 3);
        await load.FlowsAsync();
        Assert.Equal("0 1 2", pool.Ordinals);
        Assert.Equal([before[0].Uid(), before[1].Uid()], [pool.Claims[0].Uid(), pool.Claims[1].Uid()]);
        Assert.Null(pool.Claims[1].At("metadata", "annotations", "relayoperator.io/drained"));
        Assert.Equal("mail", await File.ReadAllTextAsync(SpoolOf(pool, 1)));
        var heldId = await held.EndAsync();

        await scaleAsync(1);
        await pool.ServesAsync(pods: 1);
        await Eventually.True(() => pool.Ordinals == "0", "the claims of the pods that left are gone", 30);
        Assert.Equal(before[0].Uid(), pool.Claims[0].Uid());
        Assert.False(cluster.Pods.Claims.Exists(before[1].Uid()));
        await load.FlowsAsync();
        var report = await load.StopAsync();

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report with { Acknowledged = [.. report.Acknowledged, heldId] });
        await pool.DeleteAsync();
    }

    private string SpoolOf(ServedPool pool, int ordinal) => Path.Combine(cluster.Pods.Claims.Of(pool.Claims[ordinal]), "mail");
}
