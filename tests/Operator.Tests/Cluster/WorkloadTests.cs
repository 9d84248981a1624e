using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class WorkloadTests : ClusterFixture
{
    private PretendedPods Pods => (PretendedPods)Server.Controllers.Nodes.Runner;

    [Fact]
    public async Task A_Deployment_gets_its_pods_ready()
    {
        await DeployAsync(3);
        await ReadyAsync(3);
        Assert.Equal(3, (await PodsAsync()).Count);
        Assert.All(await PodsAsync(), pod => Assert.StartsWith("d-", pod.Metadata.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Deployment_scales_both_ways()
    {
        await DeployAsync(1);
        await ReadyAsync(1);
        await ScaleAsync(3);
        await ReadyAsync(3);
        await ScaleAsync(1);
        await Eventually.True(async () => (await PodsAsync()).Count == 1, "one pod is left");
    }

    [Fact]
    public async Task A_rolling_update_keeps_enough_pods_ready_until_all_are_new()
    {
        await DeployAsync(4);
        await ReadyAsync(4);
        Pods.IsReady = _ => false;
        await SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{Space}/deployments/d", """[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"relay:2"}]""", "application/json-patch+json");
        await Eventually.True(async () => (await PodsAsync()).Any(IsNew), "a new pod");
        Assert.True((await PodsAsync()).Count(pod => !IsNew(pod)) >= 3);
        await Eventually.True(async () =>
        {
            var pods = await PodsAsync();
            foreach (var pod in pods.Where(IsNew))
            {
                Pods.SetReady(Space, pod.Metadata.Name, true);
            }
            return pods.Count == 4 && pods.All(IsNew);
        }, "all pods are new");

        static bool IsNew(V1Pod pod) => pod.Spec.Containers[0].Image == "relay:2";
    }

    [Fact]
    public async Task A_Deployment_numbers_its_templates_and_counts_what_others_note_on_it()
    {
        const string Path = $"/apis/apps/v1/namespaces/{Space}/deployments/d";
        await DeployAsync(1);
        await ReadyAsync(1);
        Assert.Equal(("1", 1), await NumbersAsync());

        await SendAsync(HttpMethod.Patch, Path, """{"metadata":{"annotations":{"example.org/note":"1"}}}""", "application/merge-patch+json");
        Assert.Equal(("1", 2), await NumbersAsync());
        await SendAsync(HttpMethod.Patch, Path, """[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"relay:2"}]""", "application/json-patch+json");
        await Eventually.True(async () => await NumbersAsync() == ("2", 3), "the new template has the next number");

        async Task<(string? Revision, long? Generation)> NumbersAsync()
        {
            var metadata = (await Client.AppsV1.ReadNamespacedDeploymentAsync("d", Space)).Metadata;
            return (metadata.Annotations?["deployment.kubernetes.io/revision"], metadata.Generation);
        }
    }

    [Fact]
    public async Task A_budget_tells_how_many_pods_may_go()
    {
        await DeployAsync(3);
        await Client.PolicyV1.CreateNamespacedPodDisruptionBudgetAsync(
            new() { Metadata = new() { Name = "b" }, Spec = new() { MaxUnavailable = "1", Selector = new() { MatchLabels = Workloads.Labels("d") } } }, Space);
        await SendAsync(HttpMethod.Patch, $"/apis/policy/v1/namespaces/{Space}/poddisruptionbudgets/b", """{"spec":{"maxUnavailable":1}}""", "application/merge-patch+json");
        await Eventually.True(async () =>
        {
            var status = (await Client.PolicyV1.ReadNamespacedPodDisruptionBudgetAsync("b", Space)).Status;
            return status is { ExpectedPods: 3, CurrentHealthy: 3, DesiredHealthy: 2, DisruptionsAllowed: 1 };
        }, "one pod may go");
        Pods.SetReady(Space, (await PodsAsync())[0].Metadata.Name, false);
        await Eventually.True(async () => (await Client.PolicyV1.ReadNamespacedPodDisruptionBudgetAsync("b", Space)).Status.DisruptionsAllowed == 0, "no pod may go");
    }

    [Fact]
    public async Task An_eviction_that_the_budget_does_not_allow_is_refused()
    {
        await DeployAsync(2);
        await ReadyAsync(2);
        await SendAsync(HttpMethod.Post, $"/apis/policy/v1/namespaces/{Space}/poddisruptionbudgets", """{"metadata":{"name":"b"},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{"app":"d"}}}}""");
        await Eventually.True(async () => (await Client.PolicyV1.ReadNamespacedPodDisruptionBudgetAsync("b", Space)).Status?.DisruptionsAllowed == 1, "one pod may go");
        Pods.IsReady = _ => false;
        var names = (await PodsAsync()).Select(pod => pod.Metadata.Name).ToList();
        Assert.Equal(201, await EvictAsync(names[0]));
        Assert.Equal(429, await EvictAsync(names[1]));

        async Task<int> EvictAsync(string name) => (await SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{Space}/pods/{name}/eviction", "{}")).Code;
    }

    [Fact]
    public async Task Pods_wait_for_their_ServiceAccount()
    {
        var deployment = Workloads.Deployment("d", 1);
        deployment.Spec.Template.Spec.ServiceAccountName = "relay";
        await Client.AppsV1.CreateNamespacedDeploymentAsync(deployment, Space);
        await Eventually.True(async () => (await Client.AppsV1.ListNamespacedReplicaSetAsync(Space)).Items.Count == 1, "a replica set");
        Assert.Empty(await PodsAsync());
        await Client.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = "relay" } }, Space);
        await ReadyAsync(1);
    }

    [Fact]
    public async Task A_Service_gets_its_addresses_and_the_endpoints_of_its_pods_with_zones()
    {
        await Client.CoreV1.CreateNamespacedServiceAsync(
            new() { Metadata = new() { Name = "vip" }, Spec = new() { Type = "LoadBalancer", ExternalTrafficPolicy = "Local", Selector = Workloads.Labels("d"), Ports = [new() { Port = 25 }] } }, Space);
        await DeployAsync(2);
        await ReadyAsync(2);
        await Eventually.True(async () => (await Client.CoreV1.ReadNamespacedServiceAsync("vip", Space)).Status.LoadBalancer?.Ingress?.Count == 1, "a balancer's address");
        var service = await Client.CoreV1.ReadNamespacedServiceAsync("vip", Space);
        Assert.StartsWith("10.96.", service.Spec.ClusterIP, StringComparison.Ordinal);
        Assert.NotNull(service.Spec.Ports[0].NodePort);
        Assert.NotNull(service.Spec.HealthCheckNodePort);
        await Eventually.True(async () =>
        {
            var slices = await Client.DiscoveryV1.ListNamespacedEndpointSliceAsync(Space, labelSelector: "kubernetes.io/service-name=vip");
            return slices.Items.SelectMany(slice => slice.Endpoints ?? []).Where(endpoint => endpoint.Conditions.Ready == true).Select(endpoint => endpoint.Zone).Order().SequenceEqual(["zone-a", "zone-b"]);
        }, "both pods are endpoints");
    }

    [Fact]
    public async Task A_headless_Service_has_no_address()
    {
        var service = await Client.CoreV1.CreateNamespacedServiceAsync(new() { Metadata = new() { Name = "h" }, Spec = new() { ClusterIP = "None", Selector = Workloads.Labels("d") } }, Space);
        Assert.Equal("None", service.Spec.ClusterIP);
    }

    [Fact]
    public async Task An_address_is_given_once()
    {
        await ServiceAsync("one");
        Assert.Contains("already allocated", (await RefusedAsync(() => ServiceAsync("two"))).Status.Message, StringComparison.Ordinal);

        Task ServiceAsync(string name) => Client.CoreV1.CreateNamespacedServiceAsync(new() { Metadata = new() { Name = name }, Spec = new() { ClusterIP = "10.96.9.9", Ports = [new() { Port = 25 }] } }, Space);
    }

    [Fact]
    public async Task An_autoscaler_writes_through_the_scale_of_its_target_within_its_bounds()
    {
        await Server.InstallAsync(PondDefinition.Yaml);
        var pond = $"/apis/example.com/v1/namespaces/{Space}/ponds/p";
        await ApplyAsync(pond, "one", """{"spec":{"water":"Salt"}}""");
        await Client.AutoscalingV2.CreateNamespacedHorizontalPodAutoscalerAsync(
            new() { Metadata = new() { Name = "h" }, Spec = new() { MinReplicas = 2, MaxReplicas = 5, ScaleTargetRef = new() { ApiVersion = "example.com/v1", Kind = "Pond", Name = "p" } } }, Space);
        Server.Controllers.Autoscaler.Scale(Space, "h", 9);
        var (_, body) = await ApplyAsync(pond, "one", """{"spec":{"water":"Salt"}}""");
        Assert.Equal(5, body.At("spec", "replicas").Number());
    }

    [Fact]
    public async Task A_cluster_without_a_load_balancer_leaves_the_address_open()
    {
        Server.Controllers.Services.HasLoadBalancer = false;
        await Client.CoreV1.CreateNamespacedServiceAsync(new() { Metadata = new() { Name = "vip" }, Spec = new() { Type = "LoadBalancer", Selector = Workloads.Labels("d"), Ports = [new() { Port = 25 }] } }, Space);
        await Eventually.True(async () => (await Client.DiscoveryV1.ListNamespacedEndpointSliceAsync(Space)).Items.Count == 1, "the service was looked at");
        Assert.Null((await GetAsync($"/api/v1/namespaces/{Space}/services/vip")).At("status", "loadBalancer", "ingress"));
    }

    private Task DeployAsync(int replicas) => Client.AppsV1.CreateNamespacedDeploymentAsync(Workloads.Deployment("d", replicas), Space);

    private Task<(int Code, JsonObject Body)> ScaleAsync(int replicas) =>
        SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{Space}/deployments/d/scale", "{\"spec\":{\"replicas\":" + replicas + "}}", "application/merge-patch+json");

    private async Task<IList<V1Pod>> PodsAsync() => (await Client.CoreV1.ListNamespacedPodAsync(Space, labelSelector: "app=d")).Items;

    private Task ReadyAsync(int pods) => Eventually.True(
        async () => (await Client.AppsV1.ReadNamespacedDeploymentAsync("d", Space)).Status?.ReadyReplicas == pods, $"{pods} pods are ready");
}
