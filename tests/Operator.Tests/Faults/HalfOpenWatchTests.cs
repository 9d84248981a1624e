using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.Operator.Watching;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Watches that are open on this side alone: nothing comes any more, not even their end.</summary>
public sealed class HalfOpenWatchTests : RunningOperator
{
    [Fact]
    public async Task Watches_that_hang_are_given_up_and_what_they_kept_back_is_found()
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        await CreatePoolAsync("well");
        var run = Start(options => options with
        {
            Watches = new WatchTimes
            {
                Least = TimeSpan.FromSeconds(1),
                Most = TimeSpan.FromSeconds(2),
                Overdue = TimeSpan.FromSeconds(1),
                FirstPause = TimeSpan.FromSeconds(0.1),
                LongestPause = TimeSpan.FromSeconds(1),
            },
        });
        await ServedAsync("corp");
        await ServedAsync("well");

        using (var silence = Line.Faults.SilenceWatches(request => request.Resource == "hubtransports"))
        {
            await CreateHubAsync("ht03");
            await Eventually.True(() => silence.Hits > 0, "a watch is silent");
        }

        await KnowsAsync("corp", "ht03", seconds: 20);
        await KnowsAsync("well", "ht03");
        Assert.True(run.HasLogged("the watch on hubtransports hangs"));
    }
}
