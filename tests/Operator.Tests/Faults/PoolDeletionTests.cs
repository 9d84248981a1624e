using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>A pool without a spool is deleted.</summary>
public sealed class PoolDeletionTests : RunningOperator
{
    private static readonly (ResourceKind Kind, string Name)[] Objects =
    [
        (ResourceKind.ServiceAccount, "corp"), (ResourceKind.Role, "corp"), (ResourceKind.RoleBinding, "corp"),
        (ResourceKind.NetworkPolicy, "corp"), (ResourceKind.Secret, "corp-config"), (ResourceKind.Service, "corp-pods"),
        (ResourceKind.Service, "corp"), (ResourceKind.Deployment, "corp"), (ResourceKind.PodDisruptionBudget, "corp"),
    ];

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    public async Task Its_objects_go_with_it_and_none_comes_back(string propagation)
    {
        await ServeAsync("corp", "well");
        var well = (string)(await FindAsync(ResourceKind.Deployment, "well"))!["metadata"]!["uid"]!;

        await DeleteAsync(ResourceKind.RelayPool, "corp", propagation);

        await Eventually.True(async () => !await ExistsAsync(ResourceKind.RelayPool, "corp"), "the pool is gone", seconds: 30);
        foreach (var (kind, name) in Objects)
        {
            await Eventually.True(async () => !await ExistsAsync(kind, name), $"{kind.Kind} {name} is gone", seconds: 30);
        }

        await Eventually.True(() => !Kubelet.Running.Any(pod => pod.StartsWith("corp-", StringComparison.Ordinal)), "its pods are gone", seconds: 30);
        await SettledAsync();
        Assert.False(await ExistsAsync(ResourceKind.ServiceAccount, "corp"));
        Assert.Equal(well, (string?)(await FindAsync(ResourceKind.Deployment, "well"))!["metadata"]!["uid"]);
        await CreateHubAsync("ht03");
        await KnowsAsync("well", "ht03");
    }
}
