using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Plays StatefulSets: ordinal names, claims, Parallel or OrderedReady, removal from the highest ordinal, rolling updates one by one.</summary>
public sealed class StatefulSetController : ClusterController
{
    private readonly PodIndex _pods;

    internal StatefulSetController(ClusterState cluster, PodIndex pods) : base(cluster) => _pods = pods;

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change) =>
        kind == BuiltInKinds.StatefulSet && !change.Deleted ? [new(kind, change.After!.Namespace, change.After.Name)]
        : kind == BuiltInKinds.Pod ? Ownership.Controllers(change, BuiltInKinds.StatefulSet)
        : [];

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } set || set.IsLeaving())
        {
            return;
        }
        Adopt(set);
        var plan = new StatefulSetPlan(set, Ownership.Controlled(Cluster, set, BuiltInKinds.Pod), EnsureRevision(set));
        foreach (var ordinal in plan.ToCreate())
        {
            Create(set, ordinal, plan.RevisionFor(ordinal));
        }
        foreach (var pod in plan.ToDelete())
        {
            Cluster.Delete(BuiltInKinds.Pod, pod.Namespace(), pod.Name(), new RemovalOptions { Uid = pod.Uid() });
        }
        TellStatus(set, plan.Revision);
    }

    /// <summary>Pods that an orphaning deletion left behind are taken over by the set that comes after.</summary>
    private void Adopt(JsonObject set)
    {
        foreach (var pod in _pods.Find(set.Namespace(), set.At("spec", "selector", "matchLabels")).Where(pod => !Ownership.HasController(pod) && !pod.IsLeaving() && StatefulSetPlan.Ordinal(set, pod) is not null))
        {
            Cluster.Update(BuiltInKinds.Pod, pod.Namespace(), pod.Name(), target => target.Ensure("metadata")["ownerReferences"] =
                new JsonArray([.. target.At("metadata", "ownerReferences").Items().Select(reference => reference.DeepClone()).Append(Ownership.Reference(BuiltInKinds.StatefulSet, set))]));
        }
    }

    private string EnsureRevision(JsonObject set)
    {
        var template = set.At("spec", "template");
        var name = $"{set.Name()}-{Ownership.HashOf(template)}";
        if (Cluster.Get(BuiltInKinds.ControllerRevision, set.Namespace(), name) is null)
        {
            Cluster.Create(BuiltInKinds.ControllerRevision, new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = set.Namespace(),
                    ["ownerReferences"] = new JsonArray(Ownership.Reference(BuiltInKinds.StatefulSet, set)),
                },
                ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template?.DeepClone() } },
                ["revision"] = Ownership.Controlled(Cluster, set, BuiltInKinds.ControllerRevision).Count + 1,
            });
        }
        return name;
    }

    private void Create(JsonObject set, int ordinal, string revision)
    {
        var template = Cluster.Get(BuiltInKinds.ControllerRevision, set.Namespace(), revision).At("data", "spec", "template") ?? set.At("spec", "template");
        var claims = set.At("spec", "volumeClaimTemplates").Items().ToList();
        var name = string.Create(CultureInfo.InvariantCulture, $"{set.Name()}-{ordinal}");
        foreach (var claim in claims)
        {
            EnsureClaim(set, claim, $"{claim.Name()}-{name}");
        }
        var metadata = template.At("metadata") is JsonObject given ? given.Copy() : [];
        metadata["name"] = name;
        metadata["namespace"] = set.Namespace();
        var labels = metadata.Ensure("labels");
        labels["controller-revision-hash"] = revision;
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = ordinal.ToString(CultureInfo.InvariantCulture);
        metadata["ownerReferences"] = new JsonArray(Ownership.Reference(BuiltInKinds.StatefulSet, set));
        var spec = (JsonObject)template.At("spec")!.DeepClone();
        spec["hostname"] = name;
        spec.Put("subdomain", set.At("spec", "serviceName")?.DeepClone());
        var volumes = spec["volumes"].Items().Where(volume => claims.All(claim => claim.Name() != volume["name"].Text())).Select(volume => volume.DeepClone())
            .Concat(claims.Select(claim => new JsonObject { ["name"] = claim.Name(), ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{claim.Name()}-{name}" } }));
        spec["volumes"] = new JsonArray([.. volumes]);
        Cluster.Create(BuiltInKinds.Pod, new JsonObject { ["metadata"] = metadata, ["spec"] = spec });
    }

    /// <summary>A claim of that name that is there is used as it is, whoever made it.</summary>
    private void EnsureClaim(JsonObject set, JsonObject claim, string name)
    {
        if (Cluster.Get(BuiltInKinds.Claim, set.Namespace(), name) is not null)
        {
            return;
        }
        var labels = (claim.At("metadata", "labels") as JsonObject ?? []).Copy();
        foreach (var (key, value) in set.At("spec", "selector", "matchLabels") as JsonObject ?? [])
        {
            labels[key] = value?.DeepClone();
        }
        Cluster.Create(BuiltInKinds.Claim, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = set.Namespace(), ["labels"] = labels },
            ["spec"] = claim["spec"]?.DeepClone(),
        });
    }

    private void TellStatus(JsonObject set, string revision)
    {
        var pods = Ownership.Controlled(Cluster, set, BuiltInKinds.Pod);
        var updated = pods.Count(pod => pod.Label("controller-revision-hash") == revision && !pod.IsLeaving());
        var ready = pods.Count(PodStatus.IsReady);
        Cluster.UpdateStatus(BuiltInKinds.StatefulSet, set.Namespace(), set.Name(), status =>
        {
            var current = status["currentRevision"].Text() ?? revision;
            if (updated == pods.Count && ready == pods.Count && pods.Count == (set.At("spec", "replicas").Number() ?? 1))
            {
                current = revision;
            }
            status["observedGeneration"] = set.Generation();
            status["replicas"] = pods.Count;
            status["readyReplicas"] = ready;
            status["availableReplicas"] = ready;
            status["currentReplicas"] = pods.Count(pod => pod.Label("controller-revision-hash") == current && !pod.IsLeaving());
            status["updatedReplicas"] = updated;
            status["currentRevision"] = current;
            status["updateRevision"] = revision;
            status["collisionCount"] = 0;
        });
    }
}
