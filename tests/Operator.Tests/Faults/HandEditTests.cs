using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Whatever somebody does by hand to an object of a pool is put back; what others add to it stays.</summary>
public sealed class HandEditTests : RunningOperator
{
    // One pool with an autoscaler has all of these.
    private static readonly (ResourceKind Kind, string Name, string Edit)[] Objects =
    [
        (ResourceKind.ServiceAccount, "corp", """{"automountServiceAccountToken":true}"""),
        (ResourceKind.Role, "corp", """{"rules":[]}"""),
        (ResourceKind.RoleBinding, "corp", """{"subjects":[]}"""),
        (ResourceKind.NetworkPolicy, "corp", """{"spec":{"ingress":[]}}"""),
        (ResourceKind.Secret, "corp-config", """{"metadata":{"labels":{"app.kubernetes.io/name":"mine"}}}"""),
        (ResourceKind.Service, "corp-pods", """{"spec":{"selector":{"app.kubernetes.io/name":"mine"}}}"""),
        (ResourceKind.Service, "corp", """{"spec":{"selector":{"app.kubernetes.io/name":"mine"}}}"""),
        (ResourceKind.Deployment, "corp", """{"spec":{"replicas":7}}"""),
        (ResourceKind.PodDisruptionBudget, "corp", """{"spec":{"maxUnavailable":0}}"""),
        (ResourceKind.HorizontalPodAutoscaler, "corp", """{"spec":{"maxReplicas":9}}"""),
    ];

    private const string Autoscaled = ""","replicas":2,"autoscaling":{"minReplicas":2,"maxReplicas":4,"targetCPUUtilizationPercentage":60}""";

    [Fact]
    public async Task Each_object_of_a_pool_that_is_deleted_comes_back()
    {
        await ServeTwoAsync();
        foreach (var (kind, name, _) in Objects)
        {
            var uid = (string)(await FindAsync(kind, name))!["metadata"]!["uid"]!;
            await DeleteAsync(kind, name);
            await Eventually.True(
                async () => await FindAsync(kind, name) is { } again && (string?)again["metadata"]!["uid"] != uid, $"{kind.Kind} {name} comes back");
        }

        await ServedAsync("corp");
        await UntouchedAsync();
    }

    [Fact]
    public async Task Each_object_of_a_pool_that_is_edited_is_put_back()
    {
        await ServeTwoAsync();
        foreach (var (kind, name, edit) in Objects)
        {
            var before = Essence((await FindAsync(kind, name))!);
            await Admin.MergeAsync(kind, Key(name), Json(edit), Cancel);
            await Eventually.True(async () => Essence((await FindAsync(kind, name))!) == before, $"{kind.Kind} {name} is as before");
        }

        await ServedAsync("corp");
        await UntouchedAsync();
    }

    [Fact]
    public async Task A_configuration_that_is_overwritten_is_written_anew_and_its_number_never_falls()
    {
        await ServeTwoAsync();
        var before = Json(await PoolJsonAsync("corp"));

        await Admin.MergeAsync(ResourceKind.Secret, Key("corp-config"), Json("""{"data":{"pool.json":"e30="}}"""), Cancel);

        await KnowsAsync("corp", "ht01");
        await ServedAsync("corp");
        var after = Json(await PoolJsonAsync("corp"));
        // The same number where the edit was undone before it was looked at.
        Assert.True((long)after["sequence"]! >= (long)before["sequence"]!);
        Assert.Equal((string?)before["config"]!["hash"], (string?)after["config"]!["hash"]);
        await UntouchedAsync();
    }

    [Fact]
    public async Task What_somebody_adds_stays_and_is_no_reason_to_write()
    {
        await ServeTwoAsync();
        await SettledAsync();

        var written = await WritesAfterAsync(() => Admin.MergeAsync(
            ResourceKind.Service, Key("corp"), Json("""{"metadata":{"annotations":{"example.org/owner":"mail team"}}}"""), Cancel));

        Assert.Empty(written);
        Assert.Equal("mail team", (string?)(await FindAsync(ResourceKind.Service, "corp"))!["metadata"]!["annotations"]!["example.org/owner"]);
    }

    private async Task ServeTwoAsync()
    {
        await ServeAsync("well");
        await CreatePoolAsync("corp", Autoscaled);
        await ServedAsync("corp");
        await Eventually.True(() => ExistsAsync(ResourceKind.HorizontalPodAutoscaler, "corp"), "the autoscaler is there");
    }

    private async Task UntouchedAsync()
    {
        await ServedAsync("well");
        await CreateHubAsync("ht09");
        await KnowsAsync("well", "ht09");
    }

    // What the operator says, without what the server and controllers add and number.
    private static string Essence(JsonNode whole)
    {
        var essence = whole.DeepClone().AsObject();
        essence.Remove("status");
        var metadata = essence["metadata"]!.AsObject();
        metadata.Remove("managedFields");
        metadata.Remove("resourceVersion");
        metadata.Remove("generation");
        return essence.ToJsonString();
    }
}
