using k8s;
using k8s.Models;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class StatefulSetTests : ClusterFixture
{
    private PretendedPods Pods => (PretendedPods)Server.Controllers.Nodes.Runner;

    [Fact]
    public async Task Pods_get_ordinal_names_labels_owners_claims_and_addresses()
    {
        await CreateAsync(2);
        await ReadyAsync(2);
        var pod = await Client.CoreV1.ReadNamespacedPodAsync("s-1", Space);
        Assert.Equal(("s-1", "1"), (pod.Metadata.Labels["statefulset.kubernetes.io/pod-name"], pod.Metadata.Labels["apps.kubernetes.io/pod-index"]));
        Assert.StartsWith("127.0.0.", pod.Status.PodIP, StringComparison.Ordinal);
        Assert.Equal("Running", pod.Status.Phase);
        Assert.True(Assert.Single(pod.Metadata.OwnerReferences).Controller);
        Assert.Equal("spool-s-1", Assert.Single(pod.Spec.Volumes).PersistentVolumeClaim.ClaimName);
        await Eventually.True(async () => (await Client.CoreV1.ReadNamespacedPersistentVolumeClaimAsync("spool-s-1", Space)).Status.Phase == "Bound", "the claim is bound");
    }

    [Fact]
    public async Task Status_tells_what_was_observed()
    {
        await CreateAsync(2);
        await ReadyAsync(2);
        var set = await Client.AppsV1.ReadNamespacedStatefulSetAsync("s", Space);
        Assert.Equal((2, 2, 2, 1L), (set.Status.Replicas, set.Status.UpdatedReplicas, set.Status.ReadyReplicas, set.Status.ObservedGeneration));
        Assert.Equal(set.Status.UpdateRevision, set.Status.CurrentRevision);
    }

    [Fact]
    public async Task Scaling_down_takes_the_highest_ordinals_after_their_grace_and_leaves_the_claims()
    {
        var leaving = new TaskCompletionSource();
        Pods.Leave = _ => leaving.Task;
        await CreateAsync(3);
        await ReadyAsync(3);
        await SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{Space}/statefulsets/s/scale", """{"spec":{"replicas":1}}""", "application/merge-patch+json");
        await Eventually.True(async () => (await PodsAsync()).Count(pod => pod.Metadata.DeletionTimestamp is not null) == 2, "two pods leave");
        Assert.Equal(5, (await Client.CoreV1.ReadNamespacedPodAsync("s-2", Space)).Metadata.DeletionGracePeriodSeconds);
        leaving.SetResult();
        await Eventually.True(async () => (await PodsAsync()).Select(pod => pod.Metadata.Name).SequenceEqual(["s-0"]), "one pod is left");
        Assert.Equal(3, (await Client.CoreV1.ListNamespacedPersistentVolumeClaimAsync(Space)).Items.Count);
    }

    [Fact]
    public async Task A_new_template_rolls_one_pod_at_a_time_from_the_highest_and_waits_for_readiness()
    {
        await CreateAsync(3);
        await ReadyAsync(3);
        Pods.IsReady = _ => false;
        await RollAsync();
        await Eventually.True(async () => await ImageAsync("s-2") == "relay:2", "the highest pod is new");
        Assert.Equal(("relay:1", "relay:1"), (await ImageAsync("s-0"), await ImageAsync("s-1")));
        Pods.IsReady = _ => true;
        await Eventually.True(async () =>
        {
            Pods.SetReady(Space, "s-2", true);
            return await ImageAsync("s-0") == "relay:2" && await ImageAsync("s-1") == "relay:2";
        }, "all pods are new");
        await ReadyAsync(3);
        await Eventually.True(async () =>
        {
            var status = (await Client.AppsV1.ReadNamespacedStatefulSetAsync("s", Space)).Status;
            return status.UpdatedReplicas == 3 && status.CurrentRevision == status.UpdateRevision;
        }, "the update is over");
    }

    [Fact]
    public async Task A_deleted_pod_comes_back_under_its_name_with_another_uid()
    {
        await CreateAsync(1);
        await ReadyAsync(1);
        var before = (await Client.CoreV1.ReadNamespacedPodAsync("s-0", Space)).Metadata.Uid;
        await SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/{Space}/pods/s-0");
        await Eventually.True(async () => (await PodsAsync()).Any(pod => pod.Metadata.Uid != before), "a new pod");
        await ReadyAsync(1);
    }

    [Fact]
    public async Task An_ordered_set_waits_for_each_pod()
    {
        Pods.IsReady = _ => false;
        await Client.AppsV1.CreateNamespacedStatefulSetAsync(Workloads.StatefulSet("s", 2, parallel: false), Space);
        await Eventually.True(() => Pods.Running.Any(), "the first pod runs");
        Assert.Single(await PodsAsync());
        Pods.IsReady = _ => true;
        await Eventually.True(async () =>
        {
            Pods.SetReady(Space, "s-0", true);
            return (await PodsAsync()).Count == 2;
        }, "the second pod");
    }

    [Fact]
    public async Task An_orphaning_deletion_leaves_the_pods_to_the_next_set()
    {
        await CreateAsync(2);
        await ReadyAsync(2);
        var uids = (await PodsAsync()).Select(pod => pod.Metadata.Uid).ToList();
        await SendAsync(HttpMethod.Delete, $"/apis/apps/v1/namespaces/{Space}/statefulsets/s", """{"propagationPolicy":"Orphan"}""");
        await Eventually.True(async () => (await PodsAsync()).All(pod => pod.Metadata.OwnerReferences is null), "nobody owns the pods");
        await CreateAsync(2);
        await ReadyAsync(2);
        Assert.Equal(uids, (await PodsAsync()).Select(pod => pod.Metadata.Uid));
    }

    [Fact]
    public async Task A_claim_in_use_outlives_its_deletion_until_the_pod_is_gone()
    {
        await CreateAsync(1);
        await ReadyAsync(1);
        await Eventually.True(async () => (await GetAsync(ClaimPath)).At("metadata", "finalizers").Texts().Any(), "the claim is protected");
        await SendAsync(HttpMethod.Delete, ClaimPath);
        Assert.True((await GetAsync(ClaimPath)).IsLeaving());
        await SendAsync(HttpMethod.Delete, $"/apis/apps/v1/namespaces/{Space}/statefulsets/s");
        await Eventually.True(async () => (await SendAsync(HttpMethod.Get, ClaimPath)).Code == 404, "the claim is gone");
    }

    [Fact]
    public async Task A_claim_grows_and_never_shrinks()
    {
        await CreateAsync(1);
        await Eventually.True(async () => (await GetAsync(ClaimPath)).At("status", "phase").Text() == "Bound", "the claim is bound");
        Assert.Equal(200, (await ResizeAsync("2Gi")).Code);
        await Eventually.True(async () => (await GetAsync(ClaimPath)).At("status", "capacity", "storage").Text() == "2Gi", "the volume has grown");
        Assert.Equal(422, (await ResizeAsync("1Gi")).Code);
    }

    private const string ClaimPath = $"/api/v1/namespaces/{Space}/persistentvolumeclaims/spool-s-0";

    private Task CreateAsync(int replicas) => Client.AppsV1.CreateNamespacedStatefulSetAsync(Workloads.StatefulSet("s", replicas), Space);

    private Task<(int Code, System.Text.Json.Nodes.JsonObject Body)> ResizeAsync(string size) =>
        SendAsync(HttpMethod.Patch, ClaimPath, """{"spec":{"resources":{"requests":{"storage":"SIZE"}}}}""".Replace("SIZE", size, StringComparison.Ordinal), "application/merge-patch+json");

    private Task RollAsync() => SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{Space}/statefulsets/s",
        """[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"relay:2"}]""", "application/json-patch+json");

    private async Task<IList<V1Pod>> PodsAsync() => (await Client.CoreV1.ListNamespacedPodAsync(Space, labelSelector: "app=s")).Items;

    private async Task<string?> ImageAsync(string pod) => (await GetAsync($"/api/v1/namespaces/{Space}/pods/{pod}")).At("spec", "containers")?[0]?["image"].Text();

    private Task ReadyAsync(int pods) => Eventually.True(
        async () => (await Client.AppsV1.ReadNamespacedStatefulSetAsync("s", Space)).Status?.ReadyReplicas == pods, $"{pods} pods are ready");
}
