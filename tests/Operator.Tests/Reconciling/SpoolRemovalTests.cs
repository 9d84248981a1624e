using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>Pods with spools on volumes leave: a claim goes only when its spool is empty and its pod is gone.</summary>
public sealed class SpoolRemovalTests : RunningOperator
{
    // Pods that hold mail for as long as they stand here.
    private readonly ConcurrentDictionary<string, bool> _holding = new(StringComparer.Ordinal);

    [Fact]
    public async Task Scaled_down_pods_empty_their_spools_first_and_their_claims_go_last()
    {
        await ServeAsync(replicas: 3, holding: ["corp-1", "corp-2"]);

        await ScaleAsync(1);
        await Eventually.True(async () => await DrainingAsync() == "corp-1 corp-2", "they are told to leave");
        await Eventually.True(async () => await ConditionAsync("corp", "Drained") == "False/Draining", "it is told what is left");
        var drained = (string)(await FindConditionAsync("corp", "Drained"))!["message"]!;
        Assert.Equal("corp-1 holds 7 messages of 7000 bytes; corp-2 holds 7 messages of 7000 bytes", drained);

        Release("corp-1");
        await Eventually.True(async () => await MessageAsync("Drained") == "corp-2 holds 7 messages of 7000 bytes", "one is empty");
        Assert.Equal("0 1 2", await ClaimsAsync());
        Assert.Equal(3, await ReplicasAsync());

        Release("corp-2");
        await Eventually.True(async () => await ClaimsAsync() == "0", "claims of emptied spools are gone", 20);
        Assert.Equal(1, await ReplicasAsync());
        await Eventually.True(() => Kubelet.Running.SequenceEqual(["corp-0"]), "one pod is left");
        await Eventually.True(async () => await DrainingAsync() == "" && await ConditionAsync("corp", "Drained") == "", "nobody leaves any more");
        Assert.NotNull(await ClaimAsync(0));
        var told = (await Admin.ListAsync(ResourceKind.Event, Space, "", false, Cancel)).Items.Select(item => JsonNode.Parse(item.GetRawText())!)
            .Where(item => (string?)item["regarding"]?["kind"] == "RelayPool").Select(item => (string)item["reason"]!).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "Draining", "SpoolRemoved" }, told);
    }

    [Fact]
    public async Task Scaled_up_again_half_way_nothing_is_lost_and_who_was_to_leave_serves_on()
    {
        await ServeAsync(replicas: 3, holding: ["corp-1"]);
        await ScaleAsync(1);
        // The one with the higher ordinal is empty and goes; the other one still holds mail.
        await Eventually.True(async () => await ClaimsAsync() == "0 1" && await ReplicasAsync() == 2, "corp-2 has left", 20);
        var before = await ClaimAsync(1);

        await ScaleAsync(3);
        await Eventually.True(async () => await DrainingAsync() == "" && Kubelet.Running.SequenceEqual(["corp-0", "corp-1", "corp-2"]), "three pods serve", 20);
        Assert.Equal("0 1 2", await ClaimsAsync());
        var after = await ClaimAsync(1);
        Assert.Equal((string)before!["metadata"]!["uid"]!, (string)after!["metadata"]!["uid"]!);
        Assert.Null(after["metadata"]!["annotations"]?["relayoperator.io/drained"]);
    }

    [Fact]
    public async Task A_mark_is_taken_back_before_its_pod_is_told_to_stay()
    {
        await ServeAsync(replicas: 2, holding: []);
        // Its pod stays, whatever it is told: between the mark and the end of the pod the pool is scaled up again.
        var stay = new TaskCompletionSource();
        Kubelet.Leave = (_, cancel) => stay.Task.WaitAsync(cancel);
        await ScaleAsync(1);
        await Eventually.True(async () => await MarkAsync(1) != "" && await ReplicasAsync() == 1, "corp-1 is marked and told to end", 20);
        Line.Log.Clear();

        await ScaleAsync(2);
        await Eventually.True(async () => await MarkAsync(1) == "" && await DrainingAsync() == "", "the mark is gone, and corp-1 may serve");
        // That of the mark itself may be noted late.
        var writes = Line.Log.Writes.Select(request => request.Resource).Where(kind => kind is "persistentvolumeclaims" or "secrets").ToList();
        Assert.Equal("secrets", writes[^1]);
        Assert.Single(writes, kind => kind == "secrets");
        Assert.InRange(writes.Count, 2, 3);
        stay.SetResult();
        await Eventually.True(async () => await ReplicasAsync() == 2 && Kubelet.Running.SequenceEqual(["corp-0", "corp-1"]), "two pods serve", 20);
        Assert.Equal("0 1", await ClaimsAsync());
    }

    [Fact]
    public async Task A_claim_without_a_mark_gets_its_pod_back()
    {
        await ServeAsync(replicas: 2, holding: ["corp-1"]);
        await ScaleAsync(1);
        await Eventually.True(async () => await DrainingAsync() == "corp-1", "corp-1 is told to leave");

        // Somebody takes it away under the drain.
        await Admin.MergeAsync(ResourceKind.StatefulSet, Key("corp"), Json("""{"spec":{"replicas":1}}"""), Cancel);
        await Eventually.True(async () => await ReplicasAsync() == 2 && Kubelet.Running.SequenceEqual(["corp-0", "corp-1"]), "it is back with its spool", 20);
        Assert.Equal("0 1", await ClaimsAsync());

        Release("corp-1");
        await Eventually.True(async () => await ClaimsAsync() == "0", "it leaves when it is empty", 20);
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    public async Task A_deleted_pool_goes_when_its_spools_are_empty(string propagation)
    {
        await ServeAsync(replicas: 2, holding: ["corp-0", "corp-1"], more: ""","autoscaling":{"minReplicas":2,"maxReplicas":5}""");
        await Eventually.True(() => ExistsAsync(ResourceKind.HorizontalPodAutoscaler, "corp"), "it is autoscaled");

        await DeleteAsync(ResourceKind.RelayPool, "corp", propagation);
        await Eventually.True(async () => await DrainingAsync() == "corp-0 corp-1" && (bool)(await ToldAsync())["deleted"]!, "all pods are told to leave");
        await Eventually.True(async () => !await ExistsAsync(ResourceKind.HorizontalPodAutoscaler, "corp"), "nobody scales it any more");
        Release("corp-1");
        await Eventually.True(async () => await ClaimsAsync() == "0" && await ReplicasAsync() == 1, "the empty one has left", 20);
        foreach (var (kind, name) in Kept)
        {
            Assert.True(await ExistsAsync(kind, name), $"{kind.Kind} {name} is there as long as a pod needs it");
        }

        Release("corp-0");
        await Eventually.True(async () => !await ExistsAsync(ResourceKind.RelayPool, "corp"), "the pool is gone", 20);
        Assert.Equal("", await ClaimsAsync());
        foreach (var (kind, name) in Kept)
        {
            Assert.False(await ExistsAsync(kind, name), $"{kind.Kind} {name} is gone with it");
        }
    }

    [Fact]
    public async Task A_deleted_pool_that_may_give_up_its_spools_goes_at_once_and_leaves_its_claims()
    {
        await ServeAsync(replicas: 2, holding: ["corp-0", "corp-1"]);
        await DeleteAsync(ResourceKind.RelayPool, "corp");
        await Eventually.True(async () => await ConditionAsync("corp", "Drained") == "False/Draining", "it waits for its spools");

        await Admin.MergeAsync(ResourceKind.RelayPool, Key("corp"), Json("""{"metadata":{"annotations":{"relayoperator.io/abandon-spool":"true"}}}"""), Cancel);
        await Eventually.True(async () => !await ExistsAsync(ResourceKind.RelayPool, "corp"), "the pool is gone", 20);
        Assert.Empty(Kubelet.Running);
        Assert.Equal("0 1", await ClaimsAsync());

        // A later pool of that name finds the mail again, in as many pods as there are claims.
        await CreateSpooledPoolAsync(1);
        await Eventually.True(() => Kubelet.Running.SequenceEqual(["corp-0", "corp-1"]), "both spools are served", 20);
        Release("corp-1");
        await Eventually.True(async () => await ClaimsAsync() == "0", "the one that is not wanted is emptied", 20);
    }

    [Fact]
    public async Task A_pool_that_can_no_longer_be_served_can_still_be_deleted()
    {
        await ServeAsync(replicas: 1, holding: ["corp-0"]);
        // Valid by the schema, but it would be chance where the mail goes.
        await Admin.MergeAsync(ResourceKind.RelayPool, Key("corp"), Json("""{"spec":{"routes":[{"name":"a","recipientDomains":["a.example"]},{"name":"b","recipientDomains":["A.example"]}]}}"""), Cancel);
        await Eventually.True(async () => await ConditionAsync("corp", "ConfigApplied") == "False/Faults", "it says so");

        await DeleteAsync(ResourceKind.RelayPool, "corp");
        await Eventually.True(async () => await DrainingAsync() == "corp-0", "its pod is told to leave");
        Release("corp-0");
        await Eventually.True(async () => !await ExistsAsync(ResourceKind.RelayPool, "corp"), "the pool is gone", 20);
    }

    private static (ResourceKind Kind, string Name)[] Kept =>
    [
        (ResourceKind.ServiceAccount, "corp"), (ResourceKind.Role, "corp"), (ResourceKind.RoleBinding, "corp"), (ResourceKind.NetworkPolicy, "corp"),
        (ResourceKind.Secret, "corp-config"), (ResourceKind.Service, "corp"), (ResourceKind.Service, "corp-pods"), (ResourceKind.StatefulSet, "corp"),
    ];

    private async Task ServeAsync(int replicas, string[] holding, string more = "")
    {
        foreach (var pod in holding)
        {
            _holding[pod] = true;
        }

        Relays.Answer = (pod, status) =>
        {
            var holds = _holding.ContainsKey(pod.Metadata.Name);
            status["spool"] = new JsonObject { ["messages"] = holds ? 7 : 0, ["bytes"] = holds ? 7000 : 0 };
            if (holds)
            {
                status["drained"] = false;
                status["drainToken"] = null;
            }

            return status;
        };
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreateSpooledPoolAsync(replicas, more);
        Start();
        await Eventually.True(async () => await ConditionAsync("corp", "Ready") is ['T', ..] && await ConditionAsync("corp", "ConfigApplied") is ['T', ..], "corp is served", 20);
        await Eventually.True(() => Kubelet.Running.Count() == replicas, "all its pods run");
    }

    private Task CreateSpooledPoolAsync(int replicas, string more = "") =>
        CreatePoolAsync("corp", $$""","replicas":{{replicas}},"vip":{"type":"ClusterIP"},"spool":{"storage":{"size":"1Gi"} }{{more}}""");

    private void Release(string pod) => _holding.TryRemove(pod, out _);

    private Task ScaleAsync(int replicas) =>
        Admin.MergeAsync(ResourceKind.RelayPool, Key("corp"), Json($$"""{"spec":{"replicas":{{replicas}} } }"""), Cancel, "scale");

    private async Task<string> ClaimsAsync()
    {
        var list = await Admin.ListAsync(ResourceKind.PersistentVolumeClaim, Space, "", true, Cancel);
        return string.Join(' ', list.Items.Select(item => ObjectMeta.Of(item).Name["spool-corp-".Length..]).Order(StringComparer.Ordinal));
    }

    private Task<JsonNode?> ClaimAsync(int ordinal) => FindAsync(ResourceKind.PersistentVolumeClaim, $"spool-corp-{ordinal}");

    private async Task<string> MarkAsync(int ordinal) => (string?)(await ClaimAsync(ordinal))?["metadata"]!["annotations"]?["relayoperator.io/drained"] ?? "";

    private async Task<int?> ReplicasAsync() => (int?)(await FindAsync(ResourceKind.StatefulSet, "corp"))?["spec"]!["replicas"];

    private async Task<JsonNode> ToldAsync() => JsonNode.Parse(await PoolJsonAsync("corp"))!;

    private async Task<string> DrainingAsync() => string.Join(' ', (await ToldAsync())["draining"]!.AsArray().Select(name => (string)name!));

    private async Task<string> MessageAsync(string type) => (string?)(await FindConditionAsync("corp", type))?["message"] ?? "";
}
