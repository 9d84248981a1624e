using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Binds claims at once, lets them grow, and keeps those that a pod uses until it is gone.</summary>
public sealed class ClaimController(ClusterState cluster) : ClusterController(cluster)
{
    private const string Protection = "kubernetes.io/pvc-protection";

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change) =>
        kind == BuiltInKinds.Claim && !change.Deleted ? [new(kind, change.After!.Namespace, change.After.Name)]
        : kind == BuiltInKinds.Pod && change.Deleted ? ClaimsOf(change.After!.Json).Select(claim => new ObjectAddress(BuiltInKinds.Claim, change.After.Namespace, claim))
        : [];

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } claim)
        {
            return;
        }
        var finalizers = claim.At("metadata", "finalizers").Texts().ToList();
        if (claim.IsLeaving())
        {
            if (finalizers.Remove(Protection) && !Cluster.List(BuiltInKinds.Pod, address.Namespace).Any(pod => ClaimsOf(pod).Contains(address.Name)))
            {
                Write(address, finalizers, claim.At("spec", "volumeName").Text());
            }
            return;
        }
        if (!finalizers.Contains(Protection))
        {
            Write(address, [.. finalizers, Protection], $"pvc-{claim.Uid()}");
        }
        var capacity = claim.At("spec", "resources", "requests", "storage");
        Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status =>
        {
            status["phase"] = "Bound";
            status.Put("accessModes", claim.At("spec", "accessModes")?.DeepClone());
            status["capacity"] = new JsonObject { ["storage"] = capacity?.DeepClone() };
        });
    }

    private void Write(ObjectAddress address, List<string> finalizers, string? volume) => Cluster.Update(address.Kind, address.Namespace, address.Name, target =>
    {
        target.Ensure("metadata")["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        target.Ensure("spec").Put("volumeName", volume);
    });

    private static IEnumerable<string> ClaimsOf(JsonObject pod) =>
        pod.At("spec", "volumes").Items().Select(volume => volume.At("persistentVolumeClaim", "claimName").Text()).OfType<string>();
}
