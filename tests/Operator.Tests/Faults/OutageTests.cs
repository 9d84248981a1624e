using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>The API server is away, or its answers are.</summary>
public sealed class OutageTests : RunningOperator
{
    [Fact]
    public async Task What_happened_while_the_API_server_was_away_is_made_up_for()
    {
        var run = await ServeAsync("corp", "well");

        Line.Down();
        await Eventually.True(() => run.HasLogged("Watching hubtransports failed"), "the outage is noticed");
        await CreateHubAsync("ht03");
        await DeleteAsync(ResourceKind.Role, "corp");
        Line.Up();

        await KnowsAsync("corp", "ht03");
        await KnowsAsync("well", "ht03");
        await Eventually.True(() => ExistsAsync(ResourceKind.Role, "corp"), "the Role is back");
    }

    [Fact]
    public async Task After_an_outage_that_cost_the_lead_the_next_process_goes_on()
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        var run = Start(Impatient);
        await ServedAsync("corp");

        Line.Down();
        Assert.False(await run.Ended.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        Line.Up();
        Line.Log.Clear();
        await CreateHubAsync("ht03");
        Start(Impatient);

        await KnowsAsync("corp", "ht03", seconds: 20);
    }

    [Theory]
    [InlineData("relaypools")]
    [InlineData("hubtransports")]
    [InlineData("secrets")]
    public async Task Answers_that_break_off_are_asked_for_again(string resource)
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        using (var cut = Line.Faults.CutAnswers(request => request.Resource == resource && request.Verb is "list" or "get"))
        {
            Start();
            await Eventually.True(() => cut.Hits > 2, "answers break off");
        }

        await ServedAsync("corp");
        using (var cut = Line.Faults.CutAnswers(request => request is { Resource: "hubtransports", Verb: "watch" }, times: 1))
        {
            await CreateHubAsync("ht03");
            await Eventually.True(() => cut.Hits == 1, "an event breaks off");
        }

        await KnowsAsync("corp", "ht03");
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_found_done()
    {
        await ServeAsync("corp", "well");
        using (var lost = Line.Faults.LoseAnswer(request => request.IsWrite && request.Name == "corp-config", times: 2))
        {
            await CreateHubAsync("ht03");
            await Eventually.True(() => lost.Hits > 0, "an answer is lost");
            await KnowsAsync("well", "ht03");
        }

        await KnowsAsync("corp", "ht03");
        await ServedAsync("corp");
    }

    [Fact]
    public async Task A_pool_whose_requests_hang_holds_up_no_other()
    {
        await ServeAsync("corp", "well");
        using (var slow = Line.Faults.Delay(TimeSpan.FromSeconds(20), request => request.IsWrite && request.Name == "corp-config"))
        {
            await CreateHubAsync("ht03");
            await Eventually.True(() => slow.Hits > 0, "a request hangs");
            await KnowsAsync("well", "ht03");
        }
    }

    private static OperatorOptions Impatient(OperatorOptions options) => options with
    {
        Lease = new LeaseTimes { Duration = TimeSpan.FromSeconds(5), RenewDeadline = TimeSpan.FromSeconds(4), Retry = TimeSpan.FromSeconds(0.3) },
    };
}
