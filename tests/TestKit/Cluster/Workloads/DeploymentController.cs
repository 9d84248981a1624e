using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Plays Deployments: one ReplicaSet per template, RollingUpdate within surge and unavailability, or Recreate.</summary>
public sealed class DeploymentController(ClusterState cluster) : ClusterController(cluster)
{
    /// <summary>Annotation with the number of the pod template.</summary>
    public const string Revision = "deployment.kubernetes.io/revision";

    private const string Hash = "pod-template-hash";

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change) =>
        kind == BuiltInKinds.Deployment && !change.Deleted ? [new(kind, change.After!.Namespace, change.After.Name)]
        : kind == BuiltInKinds.ReplicaSet ? Ownership.Controllers(change, BuiltInKinds.Deployment)
        : [];

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } deployment || deployment.IsLeaving())
        {
            return;
        }
        var hash = Ownership.HashOf(deployment.At("spec", "template"));
        var sets = Ownership.Controlled(Cluster, deployment, BuiltInKinds.ReplicaSet);
        if (sets.Find(set => set.Label(Hash) == hash) is not { } current)
        {
            Create(deployment, hash, sets.Count == 0);
            return;
        }
        var old = sets.Where(set => set != current).ToList();
        Number(deployment, current, old);
        Roll(deployment, current, old);
        TellStatus(address, deployment, current, sets);
    }

    private void Roll(JsonObject deployment, JsonObject current, List<JsonObject> old)
    {
        var wanted = (int)(deployment.At("spec", "replicas").Number() ?? 1);
        var oldPods = old.Sum(set => Count(set, "status", "replicas"));
        if (deployment.At("spec", "strategy", "type").Text() == "Recreate")
        {
            old.ForEach(set => Scale(set, 0));
            Scale(current, oldPods == 0 ? wanted : 0);
            return;
        }
        var rolling = deployment.At("spec", "strategy", "rollingUpdate");
        var surge = Amount(rolling.At("maxSurge"), wanted, roundUp: true);
        var unavailable = Amount(rolling.At("maxUnavailable"), wanted, roundUp: false);
        if (surge == 0 && unavailable == 0)
        {
            unavailable = 1;
        }
        var oldWanted = old.Sum(set => Count(set, "spec", "replicas"));
        Scale(current, old.Count == 0 ? wanted : Math.Min(wanted, Math.Max(Count(current, "spec", "replicas"), wanted + surge - Math.Max(oldPods, oldWanted))));
        var least = wanted - unavailable;
        var starting = Math.Max(0, Count(current, "spec", "replicas") - Count(current, "status", "readyReplicas"));
        // By what is wanted, not by what is still there: pods that were told to go must not be counted as going twice.
        var most = Math.Max(0, oldWanted + Count(current, "spec", "replicas") - least - starting);
        var spare = Math.Max(0, Count(current, "status", "readyReplicas") + old.Sum(set => Count(set, "status", "readyReplicas")) - least);
        foreach (var set in old)
        {
            // Pods that are not ready serve nobody: they go first.
            var idle = Math.Min(most, Math.Max(0, Count(set, "spec", "replicas") - Count(set, "status", "readyReplicas")));
            var serving = Math.Min(Math.Min(most - idle, spare), Count(set, "spec", "replicas") - idle);
            Scale(set, Count(set, "spec", "replicas") - idle - serving);
            most -= idle + serving;
            spare -= serving;
        }
    }

    /// <summary>The newest ReplicaSet has the highest number, and the Deployment shows it.</summary>
    private void Number(JsonObject deployment, JsonObject current, List<JsonObject> old)
    {
        var highest = old.Select(RevisionOf).DefaultIfEmpty(0).Max();
        var revision = RevisionOf(current) > highest ? RevisionOf(current) : highest + 1;
        foreach (var (kind, target) in new[] { (BuiltInKinds.ReplicaSet, current), (BuiltInKinds.Deployment, deployment) }.Where(item => RevisionOf(item.Item2) != revision))
        {
            Cluster.Update(kind, target.Namespace(), target.Name(), written =>
                written.Ensure("metadata", "annotations")[Revision] = revision.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static int RevisionOf(JsonObject target) =>
        int.TryParse(target.At("metadata", "annotations", Revision).Text(), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0;

    private void Scale(JsonObject set, int replicas)
    {
        if (Count(set, "spec", "replicas") != replicas)
        {
            Cluster.Update(BuiltInKinds.ReplicaSet, set.Namespace(), set.Name(), target => target.Ensure("spec")["replicas"] = replicas);
        }
    }

    private void Create(JsonObject deployment, string hash, bool isFirst)
    {
        var template = (JsonObject)deployment.At("spec", "template")!.DeepClone();
        template.Ensure("metadata", "labels")[Hash] = hash;
        var selector = deployment.At("spec", "selector") is JsonObject given ? given.Copy() : [];
        selector.Ensure("matchLabels")[Hash] = hash;
        Cluster.Create(BuiltInKinds.ReplicaSet, new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name()}-{hash}",
                ["namespace"] = deployment.Namespace(),
                ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                ["ownerReferences"] = new JsonArray(Ownership.Reference(BuiltInKinds.Deployment, deployment)),
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = isFirst ? deployment.At("spec", "replicas")?.DeepClone() : 0,
                ["selector"] = selector,
                ["template"] = template,
            },
        });
    }

    private void TellStatus(ObjectAddress address, JsonObject deployment, JsonObject current, List<JsonObject> sets)
    {
        var wanted = (int)(deployment.At("spec", "replicas").Number() ?? 1);
        var ready = sets.Sum(set => Count(set, "status", "readyReplicas"));
        Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status =>
        {
            status["observedGeneration"] = deployment.Generation();
            status["replicas"] = sets.Sum(set => Count(set, "status", "replicas"));
            status["updatedReplicas"] = Count(current, "status", "replicas");
            status["readyReplicas"] = ready;
            status["availableReplicas"] = ready;
            status["unavailableReplicas"] = Math.Max(0, wanted - ready);
            var isAvailable = ready >= wanted - Amount(deployment.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), wanted, roundUp: false);
            if (Conditions.Holds(new JsonObject { ["status"] = status.DeepClone() }, "Available") != isAvailable || status["conditions"] is null)
            {
                status["conditions"] = new JsonArray(Conditions.Of("Available", isAvailable, isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable", "", Timestamp.Of(Cluster.Time)));
            }
        });
    }

    private static int Count(JsonObject set, string half, string field) => (int)(set.At(half, field).Number() ?? 0);

    /// <summary>A number, or a share of the wanted pods.</summary>
    private static int Amount(JsonNode? value, int wanted, bool roundUp)
    {
        if (value.Text() is not { } share)
        {
            return (int)(value.Number() ?? 0);
        }
        var exact = wanted * double.Parse(share.TrimEnd('%'), CultureInfo.InvariantCulture) / 100;
        return (int)(roundUp ? Math.Ceiling(exact) : Math.Floor(exact));
    }
}
