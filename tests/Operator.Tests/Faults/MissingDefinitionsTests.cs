using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>The operator is there before the chart's definitions are.</summary>
public sealed class MissingDefinitionsTests : RunningOperator
{
    [Theory]
    [InlineData("relaypools")]
    [InlineData("hubtransports")]
    public async Task It_says_what_is_missing_and_serves_when_it_is_there(string missing)
    {
        await InstallAsync();
        await CreatePoolAsync("corp");
        await CreatePoolAsync("well");
        using (Line.Faults.Answer(404, request => request.Resource == missing))
        {
            var run = Start();
            await Eventually.True(() => run.HasLogged("The CustomResourceDefinitions of relayoperator.io are missing"), "it says what is missing");
            Assert.False(run.IsReady);
            Assert.Empty(Line.Log.Writes);
        }

        await ServedAsync("corp");
        await ServedAsync("well");
    }
}
