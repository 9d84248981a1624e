using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>Empties a namespace that is being deleted, then lets it go.</summary>
public sealed class NamespaceController(ClusterState cluster) : ClusterController(cluster)
{
    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.Namespace && change.After!.Json.IsLeaving())
        {
            yield return new(kind, "", change.After.Name);
        }
        else if (kind.Namespaced && change.Deleted && Cluster.Get(BuiltInKinds.Namespace, "", change.After!.Namespace)?.IsLeaving() == true)
        {
            yield return new(BuiltInKinds.Namespace, "", change.After.Namespace);
        }
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, "", address.Name)?.IsLeaving() != true)
        {
            return;
        }
        foreach (var (kind, stored) in Cluster.Store.ContentOf(address.Name, Cluster.Kinds.All).Where(content => !content.Object.Json.IsLeaving()))
        {
            Cluster.Delete(kind, stored.Namespace, stored.Name);
        }
        if (Cluster.Store.ContentOf(address.Name, Cluster.Kinds.All).Count == 0)
        {
            Cluster.Update(address.Kind, "", address.Name, target => target.Ensure("spec")["finalizers"] = new JsonArray());
        }
    }
}
