using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>Serves the kinds of CustomResourceDefinitions, and takes their objects away before a definition goes.</summary>
public sealed class DefinitionController(ClusterState cluster) : ClusterController(cluster)
{
    private const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.CustomResourceDefinition && !change.Deleted)
        {
            yield return new(kind, "", change.After!.Name);
        }
        else if (kind.IsCustom && change.Deleted)
        {
            yield return new(BuiltInKinds.CustomResourceDefinition, "", kind.Resource);
        }
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, "", address.Name) is not { } definition)
        {
            return;
        }
        var kind = CustomKind.Of(definition);
        if (!definition.IsLeaving())
        {
            Establish(definition, kind);
            return;
        }
        var left = Cluster.Store.List(kind).Objects;
        foreach (var stored in left)
        {
            Cluster.Delete(kind, stored.Namespace, stored.Name);
        }
        if (!Cluster.List(kind).Any())
        {
            Cluster.Kinds.Withdraw(kind.Group, kind.Plural);
            Cluster.Store.Drop(kind);
            Cluster.Update(address.Kind, "", address.Name, target => target.Ensure("metadata").Remove("finalizers"));
        }
    }

    private void Establish(JsonObject definition, ResourceKind kind)
    {
        var current = Cluster.Kinds.Find(kind.Group, kind.Version, kind.Plural);
        if (current?.Schema.Same(kind.Schema) != true || current.HasStatus != kind.HasStatus || (current.Scale is null) != (kind.Scale is null))
        {
            Cluster.Kinds.Serve(kind);
        }
        var name = definition.Name();
        if (!definition.At("metadata", "finalizers").Texts().Contains(Cleanup))
        {
            Cluster.Update(BuiltInKinds.CustomResourceDefinition, "", name, target => target.Ensure("metadata")["finalizers"] =
                new JsonArray([.. target.At("metadata", "finalizers").Texts().Append(Cleanup).Select(f => (JsonNode)f)]));
        }
        if (definition["status"] is null)
        {
            Cluster.UpdateStatus(BuiltInKinds.CustomResourceDefinition, "", name, status =>
            {
                status["acceptedNames"] = definition.At("spec", "names")?.DeepClone();
                status["storedVersions"] = new JsonArray(kind.Version);
                status["conditions"] = new JsonArray(
                    Conditions.True("NamesAccepted", "NoConflicts", "no conflicts found", Timestamp.Of(Cluster.Time)),
                    Conditions.True("Established", "InitialNamesAccepted", "the initial names have been accepted", Timestamp.Of(Cluster.Time)));
            });
        }
    }
}
