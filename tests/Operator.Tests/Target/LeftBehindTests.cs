using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Tests.Cluster;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Target;

/// <summary>Nothing of a test stays, though nobody is there any more who would end its pods and take finalizers off.</summary>
public sealed class LeftBehindTests : ClusterFixture
{
    [Fact]
    public async Task A_namespace_goes_with_pods_that_wait_for_a_kubelet_and_pools_that_wait_for_the_operator()
    {
        await Server.InstallDefinitionsAsync();
        await Client.CoreV1.CreateNamespacedPodAsync(
            new V1Pod { Metadata = new() { Name = "p" }, Spec = new() { NodeName = "nobody", Containers = [new() { Name = "one", Image = "example/one" }] } }, Space);
        var pool = JsonNode.Parse("""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"corp","finalizers":["relayoperator.io/spool"]},
             "spec":{"listeners":[{"name":"smtp","port":25}]}}
            """);
        await Client.CustomObjects.CreateNamespacedCustomObjectAsync(pool, "relayoperator.io", "v1beta1", Space, "relaypools");

        await LeftBehind.LeaveAsync(
            new KubernetesClientConfiguration { Host = Server.Address.ToString().TrimEnd('/'), AccessToken = Server.AdminToken }, [Space]);
        await LeftBehind.GoneAsync(Space);

        Assert.Equal(404, (await RefusedAsync(() => Client.CoreV1.ReadNamespaceAsync(Space))).Code);
    }
}
