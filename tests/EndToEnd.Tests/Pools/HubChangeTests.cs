using System.Runtime.Versioning;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

[UnsupportedOSPlatform("windows")]
[Collection("pools")]
public sealed class HubChangeTests(PoolCluster cluster)
{
    private const double Second = 1;

    [Fact]
    public async Task A_hub_that_is_added_changed_or_removed_is_so_in_every_pod_within_a_second()
    {
        // After another test's outage the watches of operator and relays are some seconds apart.
        await cluster.RegisterAsync("ht03", cluster.First.Port, ", state: Active");
        await EveryPodAsync(hub => hub is "Active", "listens", seconds: 60);
        Remove();
        await EveryPodAsync(hub => hub is null, "listens", seconds: 60);

        await cluster.RegisterAsync("ht03", cluster.First.Port, ", state: Disabled");
        await EveryPodAsync(hub => hub is "Disabled", "knows the new hub");

        await cluster.RegisterAsync("ht03", cluster.First.Port, ", state: Draining");
        await EveryPodAsync(hub => hub is "Draining", "knows the change");

        Remove();
        await EveryPodAsync(hub => hub is null, "knows it no more");
        await cluster.Pool.ServesAsync(pods: 2);
    }

    private void Remove()
    {
        var kind = cluster.Server.Cluster.Kinds.FindKind("relayoperator.io/v1beta1", "HubTransport")!;
        cluster.Server.Cluster.Delete(kind, cluster.Space, "ht03");
    }

    // By the state that is wanted of ht03; null where a pod does not know it.
    private Task EveryPodAsync(Func<string?, bool> holds, string what, double seconds = Second) => Eventually.True(
        async () =>
        {
            foreach (var pod in cluster.Pool.Pods)
            {
                var hub = await pod.Admin.HubAsync("ht03");
                if (!holds(hub?.GetProperty("wanted").GetString()))
                {
                    return false;
                }
            }

            return true;
        },
        $"every pod {what}",
        seconds);
}
