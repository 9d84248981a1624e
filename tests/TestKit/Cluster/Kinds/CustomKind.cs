using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Admission;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.TestKit.Cluster.Kinds;

/// <summary>Reads the kind that a CustomResourceDefinition defines. One version is served: the one that is stored. A <see cref="FormatException"/> where the schema cannot be read.</summary>
public static class CustomKind
{
    public static ResourceKind Of(JsonObject definition)
    {
        var spec = definition["spec"];
        var names = spec.At("names");
        var version = spec.At("versions").Items().FirstOrDefault(v => v.At("storage").Flag() == true) ?? [];
        var schema = version.At("schema", "openAPIV3Schema") as JsonObject ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        return new ResourceKind(
            spec.At("group").Text() ?? "",
            version.At("name").Text() ?? "v1",
            names.At("kind").Text() ?? "",
            names.At("plural").Text() ?? "",
            spec.At("scope").Text() == "Namespaced")
        {
            ShortNames = [.. names.At("shortNames").Texts()],
            Categories = [.. names.At("categories").Texts()],
            HasStatus = version.At("subresources", "status") is not null,
            Scale = version.At("subresources", "scale") is JsonObject scale ? Paths(scale) : null,
            CountsGenerations = true,
            Schema = schema,
            Rules = new CustomRules(StructuralSchema.Parse(schema)),
        };
    }

    private static ScalePaths Paths(JsonObject scale) => new(
        Steps(scale.At("specReplicasPath").Text() ?? ".spec.replicas"),
        Steps(scale.At("statusReplicasPath").Text() ?? ".status.replicas"),
        scale.At("labelSelectorPath").Text() is { } selector ? Steps(selector) : null);

    private static string[] Steps(string path) => path.TrimStart('.').Split('.');
}
