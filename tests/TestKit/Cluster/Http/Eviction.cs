using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The eviction of a pod, as kubectl drain asks for it: a delete that the pod's budget may refuse with 429.</summary>
internal sealed class Eviction(ClusterState cluster)
{
    public JsonObject Evict(string space, string name, JsonNode? body)
    {
        lock (cluster.Store.Gate)
        {
            var pod = cluster.Get(BuiltInKinds.Pod, space, name) ?? throw RefusalException.NotFound(BuiltInKinds.Pod, name);
            var budgets = cluster.List(BuiltInKinds.DisruptionBudget, space).Where(budget => LabelSelector.Of(budget.At("spec", "selector")).Matches(pod)).ToList();
            foreach (var budget in budgets.Where(budget => !LetsGo(budget, pod)))
            {
                throw RefusalException.NotEvicted(budget.Name(), budget.At("status", "desiredHealthy").Number() ?? 0, budget.At("status", "currentHealthy").Number() ?? 0);
            }
            foreach (var budget in budgets.Where(_ => PodStatus.IsReady(pod)))
            {
                // Counted down at once, so that two evictions in a row do not both pass before the budget is looked at again.
                cluster.UpdateStatus(BuiltInKinds.DisruptionBudget, space, budget.Name(), status => status["disruptionsAllowed"] = (status["disruptionsAllowed"].Number() ?? 1) - 1);
            }
            cluster.Removal.Delete(BuiltInKinds.Pod, space, name, RemovalOptions.Read(body.At("deleteOptions"), _ => null));
            return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" };
        }
    }

    /// <summary>A pod that is not ready is nobody's loss where the policy says AlwaysAllow, or while enough others are healthy.</summary>
    private static bool LetsGo(JsonObject budget, JsonObject pod)
    {
        if (PodStatus.IsReady(pod))
        {
            return budget.At("status", "disruptionsAllowed").Number() > 0;
        }
        return budget.At("spec", "unhealthyPodEvictionPolicy").Text() == "AlwaysAllow"
            || budget.At("status", "currentHealthy").Number() >= budget.At("status", "desiredHealthy").Number();
    }
}
