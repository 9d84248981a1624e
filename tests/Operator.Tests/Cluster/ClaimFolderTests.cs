using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class ClaimFolderTests : ClusterFixture
{
    [Fact]
    public async Task A_claims_folder_goes_with_the_claim_and_the_next_of_its_name_begins_empty()
    {
        using var folders = new ClaimFolders(Server.Cluster);
        var first = await ClaimAsync();
        await File.WriteAllTextAsync(Path.Combine(folders.Of(first), "mail"), "kept");
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(folders.Of(first), "mail")));

        Server.Cluster.Delete(BuiltInKinds.Claim, Space, "spool-corp-0");
        await TestKit.Eventually.True(() => !folders.Exists(first.Uid()), "its folder is gone");
        Assert.Empty(Directory.GetFiles(folders.Of(await ClaimAsync())));
    }

    private async Task<System.Text.Json.Nodes.JsonObject> ClaimAsync()
    {
        await Server.InstallAsync(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: spool-corp-0 }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
            """,
            Space);
        return Server.Cluster.Get(BuiltInKinds.Claim, Space, "spool-corp-0")!;
    }
}
