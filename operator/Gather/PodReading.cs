using System.Globalization;
using System.Text.Json;

namespace RelayOperator.Operator.Gather;

/// <summary>Reads pods, nodes and claims as far as pools need them.</summary>
internal static class PodReading
{
    public static GatheredPod Pod(JsonElement pod, string zone, bool nodeLost, PodAnswer? answer)
    {
        var meta = pod.GetProperty("metadata");
        return new GatheredPod
        {
            Name = Text(meta, "name"),
            Uid = Text(meta, "uid"),
            Created = DateTimeOffset.TryParse(Text(meta, "creationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created) ? created : default,
            Ip = Ip(pod),
            Node = Text(Part(pod, "spec"), "nodeName"),
            Zone = zone,
            TemplateHash = Label(meta, "pod-template-hash") is { Length: > 0 } hash ? hash : Label(meta, "controller-revision-hash"),
            Ready = Condition(pod, "Ready") == "True",
            Terminating = Text(meta, "deletionTimestamp").Length > 0,
            NodeLost = nodeLost,
            Answer = answer,
        };
    }

    public static string Ip(JsonElement pod) => Text(Part(pod, "status"), "podIP");

    /// <summary>Status of a condition; empty where there is none.</summary>
    public static string Condition(JsonElement whole, string type) =>
        Items(Part(whole, "status"), "conditions").Where(condition => Text(condition, "type") == type).Select(condition => Text(condition, "status")).FirstOrDefault("");

    public static string Label(JsonElement meta, string name) => Text(Part(meta, "labels"), name);

    public static JsonElement Part(JsonElement whole, string name) =>
        whole.ValueKind == JsonValueKind.Object && whole.TryGetProperty(name, out var part) ? part : default;

    /// <summary>The storage that the spec of a claim asks for; empty for none.</summary>
    public static string Storage(JsonElement spec) => Text(Part(Part(spec, "resources"), "requests"), "storage");

    public static IEnumerable<JsonElement> Items(JsonElement whole, string name) =>
        Part(whole, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static string Text(JsonElement whole, string name) => Part(whole, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
