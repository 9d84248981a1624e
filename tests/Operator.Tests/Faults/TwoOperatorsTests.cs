using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Two operators and one Lease.</summary>
public sealed class TwoOperatorsTests : RunningOperator
{
    [Fact]
    public async Task Only_the_one_that_leads_writes_and_the_other_takes_over_when_it_leaves()
    {
        var first = await ServeAsync("corp", "well");
        var other = new ApiLine();
        var second = await StartAnotherAsync("another", other);
        await Eventually.True(() => second.IsReady, "the standby knows the cluster");

        await CreateHubAsync("ht03");
        await KnowsAsync("corp", "ht03");
        await KnowsAsync("well", "ht03");
        Assert.Empty(other.Log.Writes);

        await first.StopAsync();
        Line.Log.Clear();
        await CreateHubAsync("ht04");
        await KnowsAsync("corp", "ht04");
        await KnowsAsync("well", "ht04");
        Assert.Empty(Line.Log.All);
        Assert.NotEmpty(other.Log.Writes);
    }

    [Fact]
    public async Task One_that_cannot_reach_its_Lease_stops_before_the_other_begins()
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        await CreatePoolAsync("well");
        var first = Start(Impatient);
        await ServedAsync("corp");
        await ServedAsync("well");
        var other = new ApiLine();
        await StartAnotherAsync("another", other, Impatient);
        using var fault = Line.Faults.Answer(500, request => request.Resource == "leases");

        Assert.False(await first.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.Empty(other.Log.Writes);

        Line.Log.Clear();
        await CreateHubAsync("ht03");
        await KnowsAsync("corp", "ht03", seconds: 30);
        await KnowsAsync("well", "ht03");
        Assert.DoesNotContain(Line.Log.Writes, request => request.Resource != "leases");
    }

    private static OperatorOptions Impatient(OperatorOptions options) => options with
    {
        Lease = new LeaseTimes { Duration = TimeSpan.FromSeconds(5), RenewDeadline = TimeSpan.FromSeconds(4), Retry = TimeSpan.FromSeconds(0.3) },
    };
}
