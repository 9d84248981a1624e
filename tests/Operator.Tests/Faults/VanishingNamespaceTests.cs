using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>A namespace that goes takes its pools along, whatever the operator would like to put back.</summary>
public sealed class VanishingNamespaceTests : RunningOperator
{
    private string Leaving => Target.OtherNamespace;

    [Fact]
    public async Task The_operator_stops_there_and_goes_on_elsewhere()
    {
        await Target.CreateOtherAsync();
        await InstallAsync();
        await CreatePoolAsync("corp", ns: Leaving);
        await CreatePoolAsync("well");
        var run = Start();
        await ServedAsync("well");
        await Eventually.True(() => ExistsAsync(ResourceKind.PodDisruptionBudget, "corp", Leaving), "the pool is served");

        await Admin.DeleteAsync(ResourceKind.Namespace, ObjectMeta.Of((await Admin.GetAsync(ResourceKind.Namespace, new ObjectKey("", Leaving), Cancel))!.Value), unchanged: false, "Background", Cancel);
        await Eventually.True(async () => await Admin.GetAsync(ResourceKind.Namespace, new ObjectKey("", Leaving), Cancel) is null, "the namespace is gone", seconds: 60);

        await Eventually.True(QuietAsync, "nothing is written there any more", seconds: 30);
        await CreateHubAsync("ht03");
        await KnowsAsync("well", "ht03");
        Assert.False(run.Ended.IsCompleted);

        async Task<bool> QuietAsync()
        {
            Line.Log.Clear();
            await Eventually.True(() => Line.Log.Count(IsRenewal) > 1, "time has passed");
            return !Line.Log.Writes.Any(request => request.Namespace == Leaving);
        }
    }
}
