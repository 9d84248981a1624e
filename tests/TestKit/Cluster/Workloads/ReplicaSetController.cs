using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Plays ReplicaSets: as many pods as wanted; those that are not ready go first.</summary>
public sealed class ReplicaSetController(ClusterState cluster) : ClusterController(cluster)
{
    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change) =>
        kind == BuiltInKinds.ReplicaSet && !change.Deleted ? [new(kind, change.After!.Namespace, change.After.Name)]
        : kind == BuiltInKinds.Pod ? Ownership.Controllers(change, BuiltInKinds.ReplicaSet)
        : [];

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } set || set.IsLeaving())
        {
            return;
        }
        var wanted = (int)(set.At("spec", "replicas").Number() ?? 1);
        var pods = Ownership.Controlled(Cluster, set, BuiltInKinds.Pod).Where(pod => !pod.IsLeaving() && pod.At("status", "phase").Text() is not ("Failed" or "Succeeded")).ToList();
        for (var missing = wanted - pods.Count; missing > 0; missing--)
        {
            Create(set);
        }
        foreach (var pod in pods.OrderBy(PodStatus.IsReady).Take(Math.Max(0, pods.Count - wanted)))
        {
            Cluster.Delete(BuiltInKinds.Pod, pod.Namespace(), pod.Name(), new RemovalOptions { Uid = pod.Uid() });
        }
        var left = Ownership.Controlled(Cluster, set, BuiltInKinds.Pod).Where(pod => !pod.IsLeaving()).ToList();
        Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status =>
        {
            status["observedGeneration"] = set.Generation();
            status["replicas"] = left.Count;
            status["fullyLabeledReplicas"] = left.Count;
            status["readyReplicas"] = left.Count(PodStatus.IsReady);
            status["availableReplicas"] = left.Count(PodStatus.IsReady);
        });
    }

    private void Create(JsonObject set)
    {
        var metadata = set.At("spec", "template", "metadata") is JsonObject given ? given.Copy() : [];
        metadata["generateName"] = set.Name() + "-";
        metadata["namespace"] = set.Namespace();
        metadata["ownerReferences"] = new JsonArray(Ownership.Reference(BuiltInKinds.ReplicaSet, set));
        Cluster.Create(BuiltInKinds.Pod, new JsonObject { ["metadata"] = metadata, ["spec"] = set.At("spec", "template", "spec")?.DeepClone() });
    }
}
