using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>The volume behind each claim: a folder that outlives pods and goes with the claim.</summary>
public sealed class ClaimFolders : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ClusterState _cluster;

    public ClaimFolders(ClusterState cluster)
    {
        _cluster = cluster;
        cluster.Store.Changed += OnChanged;
    }

    /// <summary>The claim's folder, made where it is missing.</summary>
    public string Of(JsonObject claim) => Directory.CreateDirectory(PathOf(claim.Uid())).FullName;

    /// <summary>Whether a claim of that uid has a folder, with whatever is in it.</summary>
    public bool Exists(string uid) => Directory.Exists(PathOf(uid));

    public void Dispose()
    {
        _cluster.Store.Changed -= OnChanged;
        _folder.Dispose();
    }

    private void OnChanged(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.Claim && change.Deleted && Exists(change.After!.Json.Uid()))
        {
            Directory.Delete(PathOf(change.After.Json.Uid()), recursive: true);
        }
    }

    private string PathOf(string uid) => _folder.File(uid);
}
