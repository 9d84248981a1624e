using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Pods with spools are replaced under load: no removal, so each comes back to its spool.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class SpoolRestartTests(PoolCluster cluster)
{
    [Fact]
    public async Task Each_pod_comes_back_to_its_own_spool_and_no_client_sees_an_error()
    {
        var pool = await cluster.CreatePoolAsync("restarted", "  replicas: 2\n  spool: { storage: { size: 1Gi } }");
        await pool.ServesAsync(pods: 2);
        var (pods, claims) = (pool.Pods, pool.Claims);
        foreach (var (ordinal, claim) in claims)
        {
            await File.WriteAllTextAsync(Path.Combine(cluster.Pods.Claims.Of(claim), "mail"), $"{ordinal}");
        }

        await using var load = pool.StartLoad();
        await load.FlowsAsync();
        await pool.PatchAsync("""{"spec":{"template":{"env":[{"name":"EXAMPLE","value":"1"}]}}}""");
        await Eventually.True(() => pool.Has(pods: 2) && !pool.Pods.Intersect(pods).Any(), "every pod is new", 60);
        await load.FlowsAsync();
        var report = await load.StopAsync();

        Assert.All(pods, pod => Assert.Equal(0, pod.ExitCode));
        foreach (var (ordinal, claim) in claims)
        {
            Assert.Equal(claim.Uid(), pool.Claims[ordinal].Uid());
            Assert.Equal($"{ordinal}", await File.ReadAllTextAsync(Path.Combine(cluster.Pods.Claims.Of(claim), "mail")));
        }

        Assert.Empty(report.Errors);
        cluster.AssertNothingLost(report);
        await pool.DeleteAsync();
    }
}
