using k8s;
using k8s.Models;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class NodeTests : ClusterFixture
{
    [Fact]
    public async Task A_pod_runs_only_on_a_node_that_its_selector_allows()
    {
        await CreatePodAsync("here", "kubernetes.io/os", "linux");
        await CreatePodAsync("nowhere", "example.org/none", "");

        await Eventually.True(async () => (await PodAsync("here")).Status?.PodIP is not null, "it runs");
        Assert.Null((await PodAsync("nowhere")).Spec.NodeName);
    }

    [Fact]
    public async Task A_pod_bound_to_a_node_that_is_not_there_is_left_to_who_bound_it()
    {
        await CreatePodAsync("mine", "example.org/none", "");
        await BindAsync("mine", "my-node");
        Assert.Equal("my-node", (await PodAsync("mine")).Spec.NodeName);
        Assert.Equal(409, (await RefusedAsync(() => BindAsync("mine", "node-1"))).Code);

        await Client.CoreV1.DeleteNamespacedPodAsync("mine", Space);
        await CreatePodAsync("fence", "kubernetes.io/os", "linux");
        await Eventually.True(async () => (await PodAsync("fence")).Status?.PodIP is not null, "the stand-in's own nodes have looked");
        Assert.NotNull((await PodAsync("mine")).Metadata.DeletionTimestamp);
        Assert.Null((await PodAsync("mine")).Status?.PodIP);

        await Client.CoreV1.DeleteNamespacedPodAsync("mine", Space, gracePeriodSeconds: 0);
        Assert.Equal(404, (await RefusedAsync(() => PodAsync("mine"))).Code);
    }

    [Fact]
    public async Task A_ServiceAccount_gets_a_token_that_is_its_own()
    {
        await Client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "who" } }, Space);
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } };
        var token = await Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, "who", Space);

        var refusal = await RefusedAsync(() => ClientOf(token.Status.Token).CoreV1.ListNamespacedSecretAsync(Space));
        Assert.Contains($"system:serviceaccount:{Space}:who", refusal.Status.Message, StringComparison.Ordinal);
        Assert.Equal(404, (await RefusedAsync(() => Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, "nobody", Space))).Code);
    }

    private Task<V1Pod> PodAsync(string name) => Client.CoreV1.ReadNamespacedPodAsync(name, Space);

    private Task BindAsync(string pod, string node) =>
        Client.CoreV1.CreateNamespacedPodBindingAsync(new V1Binding { Target = new() { Kind = "Node", Name = node } }, pod, Space);

    private Task CreatePodAsync(string name, string label, string value) => Client.CoreV1.CreateNamespacedPodAsync(
        new V1Pod
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Containers = [new() { Name = "one", Image = "example/one" }],
                NodeSelector = new Dictionary<string, string> { [label] = value },
            },
        },
        Space);
}
