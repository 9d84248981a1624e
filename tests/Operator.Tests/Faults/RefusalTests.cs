using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Faults;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>The API server says no.</summary>
public sealed class RefusalTests : RunningOperator
{
    [Theory]
    [InlineData(409)]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_pool_whose_writes_are_refused_is_tried_again_and_holds_up_no_other(int code)
    {
        var run = await ServeAsync("corp", "well");
        using (var fault = Line.Faults.Answer(code, WritesConfigOfCorp))
        {
            await CreateHubAsync("ht03");
            await KnowsAsync("well", "ht03");
            await Eventually.True(() => fault.Hits > 2, "it is tried again");
            Assert.DoesNotContain("ht03", await PoolJsonAsync("corp"), StringComparison.Ordinal);
            Assert.True(run.HasLogged($"{Space}/corp"));
        }

        await KnowsAsync("corp", "ht03", seconds: 20);
        await ServedAsync("corp");
    }

    [Fact]
    public async Task Asked_to_wait_it_sends_nothing_of_that_pool_before_whatever_happens()
    {
        await ServeAsync("corp", "well");
        using var fault = Line.Faults.Answer(429, WritesConfigOfCorp, times: 1, retryAfterSeconds: 3);
        var began = TimeProvider.System.GetTimestamp();
        await CreateHubAsync("ht03");
        await Eventually.True(() => fault.Hits == 1, "it is asked to wait");

        await CreateHubAsync("ht04");
        await KnowsAsync("well", "ht04");
        await KnowsAsync("corp", "ht04");

        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_version_of_watches_is_listed_anew_without_haste()
    {
        await ServeAsync("corp", "well");
        using (var fault = Line.Faults.ExpireWatches(static _ => true, times: 2))
        {
            await CreateHubAsync("ht03");
            await Eventually.True(() => fault.Hits > 0, "a watch is told");
            await KnowsAsync("corp", "ht03");
        }

        // And one that never knows any.
        using (Line.Faults.Answer(410, request => request is { Verb: "watch", Resource: "hubtransports" }))
        {
            Line.Down();
            Line.Up();
            Line.Log.Clear();
            await Eventually.True(() => Line.Log.Count(IsRenewal) > 3, "time has passed");
            Assert.InRange(Line.Log.Count(request => request is { Verb: "list", Resource: "hubtransports" }), 1, 8);
        }

        await CreateHubAsync("ht04");
        await KnowsAsync("corp", "ht04");
        await KnowsAsync("well", "ht04");
    }

    private static bool WritesConfigOfCorp(RequestFacts request) => request.IsWrite && request.Name == "corp-config";
}
