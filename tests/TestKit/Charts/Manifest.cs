using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Charts;

/// <summary>One object as it would be sent to the API server.</summary>
public sealed class Manifest(JsonObject content)
{
    public JsonObject Content { get; } = content;

    public string ApiVersion => Text(Content["apiVersion"]);

    public string Kind => Text(Content["kind"]);

    public string Name => Text(Content["metadata"]?["name"]);

    /// <summary>"" where it names none.</summary>
    public string Namespace => Text(Content["metadata"]?["namespace"]);

    public IReadOnlyDictionary<string, string> Labels => Map(Content["metadata"]?["labels"]);

    public IReadOnlyDictionary<string, string> Annotations => Map(Content["metadata"]?["annotations"]);

    /// <summary>The hook it is, or "".</summary>
    public string Hook => Annotations.GetValueOrDefault("helm.sh/hook", "");

    public JsonNode? Spec => Content["spec"];

    /// <summary>The pod that it is or makes; null for neither.</summary>
    public JsonObject? Pod => Kind switch
    {
        "Pod" => Content,
        "Deployment" or "StatefulSet" or "Job" => Spec!["template"]!.AsObject(),
        _ => null,
    };

    /// <summary>All containers of its pod.</summary>
    public IEnumerable<JsonObject> Containers =>
        Pod is null ? [] : List(Pod["spec"]!["initContainers"]).Concat(List(Pod["spec"]!["containers"])).Select(container => container!.AsObject());

    public static IEnumerable<JsonNode?> List(JsonNode? node) => node is null ? [] : node.AsArray();

    public static IEnumerable<string> Texts(JsonNode? node) => List(node).Select(Text);

    public static string Text(JsonNode? node) => node?.ToString() ?? "";

    public static IReadOnlyDictionary<string, string> Map(JsonNode? node) => node is null
        ? new Dictionary<string, string>(StringComparer.Ordinal)
        : node.AsObject().ToDictionary(entry => entry.Key, entry => Text(entry.Value), StringComparer.Ordinal);

    public override string ToString() => $"{Kind} {(Namespace.Length > 0 ? $"{Namespace}/" : "")}{Name}";
}
