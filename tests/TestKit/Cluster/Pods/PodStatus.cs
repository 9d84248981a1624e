using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>The status of a pod as a kubelet writes it, and what controllers read from it.</summary>
internal static class PodStatus
{
    public static bool IsReady(JsonObject pod) => !pod.IsLeaving() && Conditions.Holds(pod, "Ready");

    public static void Run(JsonObject status, JsonObject pod, string address, string time)
    {
        status["phase"] = "Running";
        status["podIP"] = address;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
        status["hostIP"] = "127.0.0.1";
        status["startTime"] = time;
        status["conditions"] = new JsonArray(
            Conditions.True("PodScheduled", "Scheduled", "", time),
            Conditions.True("Initialized", "Initialized", "", time));
        status["containerStatuses"] = new JsonArray([.. pod.At("spec", "containers").Items().Select(container => (JsonNode)new JsonObject
        {
            ["name"] = container["name"]?.DeepClone(),
            ["image"] = container["image"]?.DeepClone(),
            ["imageID"] = container["image"]?.DeepClone(),
            ["ready"] = false,
            ["started"] = true,
            ["restartCount"] = 0,
            ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = time } },
        })]);
    }

    /// <summary>Before the pod runs there is nothing to be ready.</summary>
    public static void SetReady(JsonObject status, bool isReady, int restarts, string time)
    {
        if (status["conditions"] is not JsonArray conditions)
        {
            return;
        }
        foreach (var type in new[] { "ContainersReady", "Ready" })
        {
            var old = conditions.Items().FirstOrDefault(condition => condition["type"].Text() == type);
            if (old is not null && (old["status"].Text() == "True") == isReady)
            {
                continue;
            }
            if (old is not null)
            {
                conditions.Remove(old);
            }
            conditions.Add(Conditions.Of(type, isReady, isReady ? "Ready" : "ContainersNotReady", "", time));
        }
        foreach (var container in status["containerStatuses"].Items())
        {
            container["ready"] = isReady;
            container["restartCount"] = restarts;
        }
    }
}
