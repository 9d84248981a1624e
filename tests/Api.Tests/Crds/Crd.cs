using System.Text.Json.Nodes;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>The CustomResourceDefinitions of the chart.</summary>
internal static class Crd
{
    public static CustomResource RelayPool { get; } = Load("relaypools.yaml");

    public static CustomResource HubTransport { get; } = Load("hubtransports.yaml");

    public static CustomResource Of(string kind) => kind == nameof(RelayPool) ? RelayPool : HubTransport;

    /// <summary>The RelayPools and HubTransports of a file's text.</summary>
    public static IEnumerable<JsonObject> Objects(string text) =>
        YamlText.Documents(text).OfType<JsonObject>().Where(document => document["apiVersion"]?.ToString() == Api.RelayPool.GroupVersion);

    /// <summary>A schema and all within it, each with its path from the root of the object.</summary>
    public static IEnumerable<(string Path, StructuralSchema Schema)> All(StructuralSchema schema, string path = "")
    {
        var inner = schema.Properties.Select(property => (path.Length == 0 ? property.Key : $"{path}.{property.Key}", property.Value)).ToList();
        if (schema.Items is { } items)
        {
            inner.Add(($"{path}[]", items));
        }

        if (schema.AdditionalProperties is { } values)
        {
            inner.Add(($"{path}{{}}", values));
        }

        return inner.SelectMany(next => All(next.Item2, next.Item1)).Prepend((path, schema));
    }

    private static CustomResource Load(string file) =>
        CustomResource.Load(Repository.Path("charts", "relay-operator", "templates", "crds", file));
}
