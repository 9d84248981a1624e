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
        await ServeAsync("corp");

        foreach (var (kind, name) in Objects)
        {
            await Eventually.True(() => ExistsAsync(kind, name), $"{kind.Kind} {name}");
        }

        var json = await PoolJsonAsync("corp");
        Assert.Contains("ht01.example", json, StringComparison.Ordinal);
        Assert.Contains("ht02.example", json, StringComparison.Ordinal);
        Assert.Equal("True/Available", await ConditionAsync("corp", "HubsAvailable"));
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changes()
    {
        await ServeAsync("corp");
        await SettledAsync();

        // Looked at again, whatever for.
        Assert.Empty(await WritesAfterAsync(() => NoteAsync(ResourceKind.RelayPool, "corp")));
        // Other controllers note things on what is ours.
        Assert.Empty(await WritesAfterAsync(() => NoteAsync(ResourceKind.PodDisruptionBudget, "corp")));
    }

    [Fact]
    public async Task A_status_that_the_watch_does_not_show_yet_is_not_written_again()
    {
        await ServeAsync("corp");
        using var silence = Line.Faults.SilenceWatches(request => request.Resource is "relaypools" or "hubtransports");
        await NoteAsync(ResourceKind.RelayPool, "corp");
        await NoteAsync(ResourceKind.HubTransport, "ht02");
        await Eventually.True(() => silence.Hits == 2, "both watches are silent");
        await Kubelet.SetReadyAsync(Kubelet.Running.First(), ready: false);
        await Eventually.True(async () => await ConditionAsync("corp", "Progressing") == "True/Starting", "the status is written");
        await SettledAsync();

        Assert.Empty(await WritesAfterAsync(() => NoteAsync(ResourceKind.Service, "corp")));
    }

    [Fact]
    public async Task A_hub_that_is_added_is_in_the_configuration_within_a_second()
    {
        await ServeAsync("corp");
        await SettledAsync();

        await CreateHubAsync("ht03");

        await KnowsAsync("corp", "ht03", seconds: 1);
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
        // Valid by the schema, but it would be chance where the mail goes.
        await CreatePoolAsync("bad", ""","routes":[{"name":"a","recipientDomains":["a.example"]},{"name":"b","recipientDomains":["A.example"]}]""");
        await CreatePoolAsync("corp");
        Start();

        await Eventually.True(() => ExistsAsync(ResourceKind.Deployment, "corp"), "the good pool is served");
        await Eventually.True(async () => await ConditionAsync("bad", "ConfigApplied") == "False/Faults", "the bad one says why not");
        Assert.False(await ExistsAsync(ResourceKind.ServiceAccount, "bad"));
    }

    private Task NoteAsync(ResourceKind kind, string name) =>
        Admin.MergeAsync(kind, Key(name), Json("""{"metadata":{"annotations":{"example.org/note":"1"}}}"""), Cancel);
}
