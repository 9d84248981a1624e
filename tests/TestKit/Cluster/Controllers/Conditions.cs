using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>Conditions as the controllers write them.</summary>
internal static class Conditions
{
    public static JsonObject True(string type, string reason, string message, string time) => Of(type, true, reason, message, time);

    public static JsonObject Of(string type, bool holds, string reason, string message, string time) => new()
    {
        ["type"] = type,
        ["status"] = holds ? "True" : "False",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = time,
    };

    public static bool Holds(JsonObject target, string type) =>
        target.At("status", "conditions").Items().Any(condition => condition["type"].Text() == type && condition["status"].Text() == "True");
}
