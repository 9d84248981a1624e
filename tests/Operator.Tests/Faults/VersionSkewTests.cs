using System.Text.Json.Nodes;
using k8s.Models;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Relays that are older or newer than the operator: what they do not say is not known, what is not known is passed over.</summary>
public sealed class VersionSkewTests : RunningOperator
{
    private static readonly string[] Oldest = ["pool", "poolUid", "podName", "podUid", "configHash", "configSequence", "hubs"];
    private static readonly string[] OldestOfHub = ["name", "state"];

    [Fact]
    public async Task An_older_relay_that_says_less_is_served()
    {
        Relays.Answer = (pod, status) => IsOf(pod, "corp") ? Older(status) : status;
        await ServeAsync("corp", "well");
        Assert.Equal("True/Available", await ConditionAsync("corp", "HubsAvailable"));

        await CreateHubAsync("ht03");
        await KnowsAsync("corp", "ht03");
        await ServedAsync("corp");
        await ServedAsync("well");
    }

    [Fact]
    public async Task A_newer_relay_that_says_more_is_served()
    {
        Relays.Answer = (pod, status) => IsOf(pod, "corp") ? Newer(status) : status;
        await ServeAsync("corp", "well");

        // A state that is not known is not healthy, with its reason.
        await Eventually.True(async () => await ConditionAsync("corp", "HubsAvailable") == "True/Available", "ht02 takes mail");
        await Eventually.True(async () => (await FindAsync(Operator.Cluster.ResourceKind.HubTransport, "ht01"))!.ToJsonString().Contains("resting for a while", StringComparison.Ordinal), "the reason is told");
        await ServedAsync("well");
    }

    [Fact]
    public async Task A_relay_that_refuses_what_it_does_not_know_says_so_in_the_pools_condition_and_keeps_what_it_has()
    {
        Relays.Answer = (pod, status) => IsOf(pod, "corp") ? Refusing(status) : status;
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreatePoolAsync("corp");
        await CreatePoolAsync("well");
        Start();

        await ServedAsync("well");
        await Eventually.True(async () => await ConditionAsync("corp", "ConfigApplied") == "False/Refused", "it is told");
        Assert.Contains("a newer relay is needed", (string?)(await FindConditionAsync("corp", "ConfigApplied"))!["message"], StringComparison.Ordinal);
        Assert.Equal("True/Serving", await ConditionAsync("corp", "Ready"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"hubs":{},"configFaults":7,"configSequence":"many","drainToken":1.5}""")]
    [InlineData("""{"podUid":7,"poolUid":{}}""")]
    public async Task What_cannot_be_read_counts_as_no_answer_and_holds_up_nobody(string answer)
    {
        Relays.Raw = pod => IsOf(pod, "corp") ? answer : null;
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreatePoolAsync("corp");
        await CreatePoolAsync("well");
        Start();

        await ServedAsync("well");
        await Eventually.True(async () => await ConditionAsync("corp", "HubsAvailable") == "Unknown/NoPodAnswers", "it is not known");
        await Eventually.True(async () => await ConditionAsync("corp", "ConfigApplied") == "False/Waiting", "it is waited for");
    }

    private static bool IsOf(V1Pod pod, string pool) => pod.Metadata.Labels["app.kubernetes.io/instance"] == pool;

    private static JsonObject Older(JsonObject status)
    {
        var hubs = status["hubs"]!.AsArray().Select(hub => Only(hub!.AsObject(), OldestOfHub)).ToArray<JsonNode>();
        var older = Only(status, Oldest);
        older["hubs"] = new JsonArray(hubs);
        return older;
    }

    private static JsonObject Refusing(JsonObject status)
    {
        (status["configHash"], status["configSequence"]) = ("of the last good one", 0);
        status["configFaults"] = new JsonArray("pool.json: formatVersion: found 2; allowed: at most 1, the newest that this relay knows; a newer relay is needed");
        return status;
    }

    private static JsonObject Newer(JsonObject status)
    {
        status["quantum"] = new JsonObject { ["entangled"] = true };
        status["leaving"] = "in three steps";
        foreach (var hub in status["hubs"]!.AsArray())
        {
            hub!["mood"] = 7;
            if ((string?)hub["name"] == "ht01")
            {
                (hub["state"], hub["reason"]) = ("Resting", "resting for a while");
            }
        }

        return status;
    }

    private static JsonObject Only(JsonObject whole, string[] names) =>
        new(whole.Where(field => names.Contains(field.Key, StringComparer.Ordinal)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
}
