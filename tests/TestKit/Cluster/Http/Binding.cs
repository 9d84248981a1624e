using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The binding of a pod to a node, as a scheduler writes it. The real server does not ask whether there is such a node.</summary>
internal sealed class Binding(ClusterState cluster)
{
    public JsonObject Bind(string space, string name, JsonNode? body)
    {
        lock (cluster.Store.Gate)
        {
            var pod = cluster.Get(BuiltInKinds.Pod, space, name) ?? throw RefusalException.NotFound(BuiltInKinds.Pod, name);
            if (body.At("target", "name").Text() is not { Length: > 0 } node)
            {
                throw RefusalException.BadRequest("target.name: Required value");
            }
            if (pod.IsLeaving())
            {
                throw RefusalException.Conflict(BuiltInKinds.Pod, name, $"pod {name} is being deleted, cannot be assigned to a host");
            }
            if (pod.At("spec", "nodeName").Text() is { } taken)
            {
                throw RefusalException.Conflict(BuiltInKinds.Pod, name, $"pod {name} is already assigned to node \"{taken}\"");
            }
            cluster.Update(BuiltInKinds.Pod, space, name, target => target.Ensure("spec")["nodeName"] = node);
            cluster.UpdateStatus(BuiltInKinds.Pod, space, name, status => status["conditions"] = new JsonArray(
                Controllers.Conditions.True("PodScheduled", "", "", Timestamp.Of(cluster.Time))));
            return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" };
        }
    }
}
