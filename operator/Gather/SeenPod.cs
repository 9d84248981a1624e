using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Gather;

/// <summary>A pod as the watch shows it.</summary>
/// <param name="Ip">Empty: none yet.</param>
/// <param name="Node">Empty: not placed yet.</param>
/// <param name="TemplateHash">Revision of the pod template that it was made from.</param>
/// <param name="Ready">Whether it is ready.</param>
/// <param name="Created">When it was made.</param>
public sealed record SeenPod(string Ip, string Node, string TemplateHash, bool Ready, DateTimeOffset Created)
{
    public static SeenPod Of(JsonElement whole)
    {
        var meta = JsonFields.Part(whole, "metadata");
        var labels = JsonFields.Part(meta, "labels");
        return new SeenPod(
            JsonFields.Text(JsonFields.Part(whole, "status"), "podIP"),
            JsonFields.Text(JsonFields.Part(whole, "spec"), "nodeName"),
            JsonFields.Text(labels, "pod-template-hash") is { Length: > 0 } hash ? hash : JsonFields.Text(labels, "controller-revision-hash"),
            JsonFields.Condition(whole, "Ready") == "True",
            JsonFields.Time(meta, "creationTimestamp"));
    }
}
