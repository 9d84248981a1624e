using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>One hub that two pools select.</summary>
public sealed class SharedHubTests : RunningOperator
{
    [Fact]
    public async Task Its_status_says_how_each_pool_finds_it_and_the_worst_is_its_own()
    {
        Relays.Answer = static (pod, status) =>
        {
            if (pod.Metadata.Labels["app.kubernetes.io/instance"] == "corp")
            {
                var hub = status["hubs"]!.AsArray().Single(hub => (string?)hub!["name"] == "ht01")!;
                (hub["state"], hub["reason"]) = ("Down", "connection refused");
            }

            return status;
        };
        await ServeAsync("corp", "well");

        await Eventually.True(async () => await HealthAsync("ht01") == "False, corp: False, well: True", "ht01 is down for corp alone");
        await Eventually.True(async () => await HealthAsync("ht02") == "True, corp: True, well: True", "ht02 is up for both");
        var pools = (await FindAsync(ResourceKind.HubTransport, "ht01"))!["status"]!["pools"]!.AsArray();
        Assert.Equal([0, 2], pools.Select(pool => (int?)pool!["healthyPods"] ?? 0));
        Assert.Equal("connection refused", (string?)pools[0]!["lastError"]);

    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pool_that_lets_go_of_it_leaves_its_status_to_the_other(bool deleted)
    {
        await ServeAsync("corp", "well");
        await Eventually.True(async () => await HealthAsync("ht01") == "True, corp: True, well: True", "both have it");

        await (deleted
            ? DeleteAsync(ResourceKind.RelayPool, "corp")
            : Admin.MergeAsync(ResourceKind.RelayPool, Key("corp"), Json("""{"spec":{"hubs":{"selector":{"matchLabels":{"pool":"none"}}}}}"""), Cancel));

        await Eventually.True(async () => await HealthAsync("ht01") == "True, well: True", "it is the other pool's alone");
        await ServedAsync("well");
    }

    private async Task<string> HealthAsync(string hub)
    {
        var status = (await FindAsync(ResourceKind.HubTransport, hub))!["status"];
        var pools = status?["pools"]?.AsArray() ?? [];
        return string.Join(", ", pools.Select(pool => $"{pool!["pool"]}: {Healthy(pool)}").Prepend(Healthy(status)));
    }

    private static string Healthy(JsonNode? status) =>
        (string?)(status?["conditions"]?.AsArray() ?? []).FirstOrDefault(condition => (string?)condition!["type"] == "Healthy")?["status"] ?? "";
}
