using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>Pools in, objects and statuses out; and nothing is written that need not be.</summary>
public sealed class PoolReconcilerTests : RunningOperator
{
    private static readonly (ResourceKind Kind, string Name)[] Objects =
    [
        (ResourceKind.ServiceAccount, "corp"), (ResourceKind.Role, "corp"), (ResourceKind.RoleBinding, "corp"),
        (ResourceKind.NetworkPolicy, "corp"), (ResourceKind.Secret, "corp-config"), (ResourceKind.Service, "corp-pods"),
        (ResourceKind.Service, "corp"), (ResourceKind.Deployment, "corp"), (ResourceKind.PodDisruptionBudget, "corp"),
    ];

    [Fact]
    public async Task A_pool_with_two_hubs_becomes_all_its_objects()
    {
        await ServeAsync();

        foreach (var (kind, name) in Objects)
        {
            await Eventually.True(() => ExistsAsync(kind, name), $"{kind.Kind} {name}");
        }

        var json = await PoolJsonAsync("corp");
        Assert.Contains("ht01.example", json, StringComparison.Ordinal);
        Assert.Contains("ht02.example", json, StringComparison.Ordinal);
        await Eventually.True(async () => (await ConditionAsync("corp", "Ready")).Length > 0, "the pool has a status");
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changes()
    {
        await ServeAsync();
        await SettledAsync();
        Line.Log.Clear();

        // Looked at again, whatever for.
        await Admin.MergeAsync(ResourceKind.RelayPool, Key("corp"), Json("""{"metadata":{"annotations":{"example.org/note":"1"}}}"""), Cancel);
        await Eventually.True(() => Line.Log.Count(request => request is { Resource: "leases", Verb: "update" }) > 0, "time has passed");

        Assert.DoesNotContain(Line.Log.Writes, request => !IsRenewal(request));
    }

    [Fact]
    public async Task An_edit_by_hand_is_put_back_and_a_deleted_object_comes_back()
    {
        await ServeAsync();
        await SettledAsync();

        await Admin.MergeAsync(ResourceKind.Deployment, Key("corp"), Json("""{"spec":{"replicas":7}}"""), Cancel);
        await Eventually.True(async () => (int)(await FindAsync(ResourceKind.Deployment, "corp"))!["spec"]!["replicas"]! == 2, "the edit is put back");

        var role = (await Admin.GetAsync(ResourceKind.Role, Key("corp"), Cancel))!.Value;
        var uid = ObjectMeta.Of(role).Uid;
        await Admin.DeleteAsync(ResourceKind.Role, ObjectMeta.Of(role), unchanged: false, "Background", Cancel);
        await Eventually.True(
            async () => await Admin.GetAsync(ResourceKind.Role, Key("corp"), Cancel) is { } again && ObjectMeta.Of(again).Uid != uid, "the Role comes back");
    }

    [Fact]
    public async Task A_hub_that_is_added_is_in_the_configuration_within_a_second()
    {
        await ServeAsync();
        await SettledAsync();

        await CreateHubAsync("ht03");

        await Eventually.True(async () => (await PoolJsonAsync("corp")).Contains("ht03.example", StringComparison.Ordinal), "ht03 is in pool.json", seconds: 1);
    }

    [Fact]
    public async Task A_foreign_object_of_the_same_name_is_not_touched()
    {
        await InstallAsync();
        await Admin.CreateAsync(
            ResourceKind.ServiceAccount, Space, Json("""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"corp"}}"""), Cancel);
        var before = (await FindAsync(ResourceKind.ServiceAccount, "corp"))!.ToJsonString();
        await CreatePoolAsync("corp");
        Start();

        await Eventually.True(async () => await ConditionAsync("corp", "NameConflict") == "True/NotOurs", "the conflict is told");
        Assert.Equal(before, (await FindAsync(ResourceKind.ServiceAccount, "corp"))!.ToJsonString());
    }

    [Fact]
    public async Task A_pool_with_faults_says_so_and_does_not_hold_up_another()
    {
        await InstallAsync();
        await CreatePoolAsync("bad", ""","delivery":{"mode":"StoreAndForward"},"spool":{"storage":{"size":"1Gi"}}""");
        await CreatePoolAsync("corp");
        Start();

        await Eventually.True(() => ExistsAsync(ResourceKind.Deployment, "corp"), "the good pool is served");
        await Eventually.True(async () => await ConditionAsync("bad", "ConfigApplied") == "False/Faults", "the bad one says why not");
        Assert.False(await ExistsAsync(ResourceKind.ServiceAccount, "bad"));
    }

    [Fact]
    public async Task A_deleted_pool_takes_its_objects_with_it()
    {
        await ServeAsync();
        await SettledAsync();

        await DeleteAsync(ResourceKind.RelayPool, "corp");

        foreach (var (kind, name) in Objects)
        {
            await Eventually.True(async () => !await ExistsAsync(kind, name), $"{kind.Kind} {name} is gone");
        }
    }

    [Fact]
    public async Task After_the_API_was_away_for_a_while_all_goes_on()
    {
        await ServeAsync();
        await SettledAsync();

        Line.Down();
        Line.Up();
        await CreateHubAsync("ht03");

        await Eventually.True(async () => (await PoolJsonAsync("corp")).Contains("ht03.example", StringComparison.Ordinal), "ht03 is in pool.json", seconds: 20);
    }

    [Fact]
    public async Task Definitions_that_come_later_are_waited_for()
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        using (Line.Faults.Answer(404, request => request.Group == "relayoperator.io"))
        {
            var run = Start();
            await Eventually.True(() => run.HasLogged("The CustomResourceDefinitions of relayoperator.io are missing"), "it says what is missing");
        }

        await Eventually.True(() => ExistsAsync(ResourceKind.Deployment, "corp"), "the pool is served", seconds: 20);
    }

    private async Task ServeAsync()
    {
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreateHubAsync("ht02");
        await CreatePoolAsync("corp");
        Start();
        await Eventually.True(() => ExistsAsync(ResourceKind.PodDisruptionBudget, "corp"), "the last object is there");
    }
}
