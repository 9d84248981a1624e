using System.Globalization;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Tells how many pods a PodDisruptionBudget lets go.</summary>
public sealed class DisruptionController : ClusterController
{
    private readonly PodIndex _pods;
    private readonly SelectorIndex _selectors = new();

    internal DisruptionController(ClusterState cluster, PodIndex pods) : base(cluster) => _pods = pods;

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.DisruptionBudget)
        {
            var address = new ObjectAddress(kind, change.After!.Namespace, change.After.Name);
            _selectors.Note(address, change.Deleted ? null : change.After.Json.At("spec", "selector", "matchLabels"));
            return [address];
        }
        return kind == BuiltInKinds.Pod ? [.. _selectors.Candidates(change.After!)] : [];
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } budget)
        {
            return;
        }
        var pods = _pods.Find(address.Namespace, budget.At("spec", "selector", "matchLabels"));
        var healthy = pods.Count(PodStatus.IsReady);
        var expected = Expected(pods);
        var needed = budget.At("spec", "minAvailable") is { } least ? Share(least, expected) : Math.Max(0, expected - Share(budget.At("spec", "maxUnavailable"), expected));
        var allowed = Math.Max(0, healthy - needed);
        Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status =>
        {
            status["observedGeneration"] = budget.Generation();
            status["expectedPods"] = expected;
            status["currentHealthy"] = healthy;
            status["desiredHealthy"] = needed;
            status["disruptionsAllowed"] = allowed;
            if (status["conditions"] is null || Conditions.Holds(new JsonObject { ["status"] = status.DeepClone() }, "DisruptionAllowed") != allowed > 0)
            {
                status["conditions"] = new JsonArray(Conditions.Of("DisruptionAllowed", allowed > 0, allowed > 0 ? "SufficientPods" : "InsufficientPods", "", Timestamp.Of(Cluster.Time)));
            }
        });
    }

    /// <summary>What the pods' controllers want, so that a pod between its end and its return is missed; pods of nobody count themselves.</summary>
    private int Expected(IReadOnlyList<JsonObject> pods)
    {
        var owners = pods.Select(pod => pod.At("metadata", "ownerReferences").Items().FirstOrDefault(reference => reference["controller"].Flag() == true)?["uid"].Text()).ToList();
        return owners.Count(uid => uid is null)
            + (int)owners.OfType<string>().Distinct().Sum(uid => Cluster.Store.FindUid(uid)?.Object.Json.At("spec", "replicas").Number() ?? 0);
    }

    private static int Share(JsonNode? value, int pods) => value.Text() is { } share
        ? (int)Math.Ceiling(pods * double.Parse(share.TrimEnd('%'), CultureInfo.InvariantCulture) / 100)
        : (int)(value.Number() ?? 0);
}
