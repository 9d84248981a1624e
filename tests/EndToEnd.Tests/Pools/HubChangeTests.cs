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
        await cluster.RegisterAsync("ht03", cluster.First.Port, ", state: Disabled");
        await EveryPodAsync(hub => hub is "Disabled", "knows the new hub");

        await cluster.RegisterAsync("ht03", cluster.First.Port, ", state: Draining");
        await EveryPodAsync(hub => hub is "Draining", "knows the change");

        var kind = cluster.Server.Cluster.Kinds.FindKind("relayoperator.io/v1beta1", "HubTransport")!;
        cluster.Server.Cluster.Delete(kind, cluster.Space, "ht03");
        await EveryPodAsync(hub => hub is null, "knows it no more");
        await cluster.Pool.ServesAsync(pods: 2);
    }

    // By the state that is wanted of ht03; null where a pod does not know it.
    private Task EveryPodAsync(Func<string?, bool> holds, string what) => Eventually.True(
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
        Second);
}
