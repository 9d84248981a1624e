using System.Text.Json.Nodes;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>Values that are wrong are refused, with a word that says which and what instead.</summary>
public sealed class SchemaTests
{
    // Maps whose keys are Kubernetes' or the user's own.
    private const string Free = "object";

    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Helm.Chart, "values.schema.json")))!.AsObject();
    private static readonly JsonObject Values = YamlText.Documents(File.ReadAllText(Path.Combine(Helm.Chart, "values.yaml"))).Single().AsObject();

    [Theory]
    [InlineData("replicas: 2", "(root): Additional property replicas is not allowed")]
    [InlineData("image: { tags: x }", "image: Additional property tags is not allowed")]
    [InlineData("relay: { image: { name: x } }", "relay.image: Additional property name is not allowed")]
    [InlineData("monitoring: { enabled: true }", "monitoring: Additional property enabled is not allowed")]
    [InlineData("networkPolicy: { egress: { cidrs: [] } }", "networkPolicy.egress: Additional property cidrs is not allowed")]
    [InlineData("livenessProbe: { httpGet: {} }", "livenessProbe: Additional property httpGet is not allowed")]
    [InlineData("replicaCount: two", "replicaCount: Invalid type. Expected: integer, given: string")]
    [InlineData("replicaCount: 3", "replicaCount: Must be less than or equal to 2")]
    [InlineData("namespaces: mail", "namespaces: Invalid type. Expected: array, given: string")]
    [InlineData("namespaces: [Mail]", "namespaces.0: Does not match pattern")]
    [InlineData("namespaces: [mail, mail]", "namespaces: array items[0,1] must be unique")]
    [InlineData("crds: { enabled: \"yes\" }", "crds.enabled: Invalid type. Expected: boolean, given: string")]
    [InlineData("image: { digest: 1.2.3 }", "image.digest: Does not match pattern")]
    [InlineData("monitoring: { kind: Both }", "monitoring.kind must be one of the following: \"None\", \"PodMonitor\", \"ServiceMonitor\"")]
    [InlineData("log: { level: info }", "log.level must be one of the following: \"Trace\", \"Debug\", \"Information\"")]
    [InlineData("commonLabels: [a]", "commonLabels: Invalid type. Expected: object, given: array")]
    [InlineData("commonLabels: { a: { b: c } }", "commonLabels.a: Invalid type.")]
    [InlineData("metrics: { service: { port: 0 } }", "metrics.service.port: Must be greater than or equal to 1")]
    [InlineData("extraEnv: [{ value: x }]", "extraEnv.0: name is required")]
    [InlineData("monitoring: null", "monitoring is required")]
    [InlineData("global: { imagePullSecrets: [login] }", "global.imagePullSecrets.0: Invalid type. Expected: object, given: string")]
    [InlineData("{ monitoring: { kind: ServiceMonitor }, metrics: { service: { enabled: false } } }", "monitoring.kind ServiceMonitor needs metrics.service.enabled=true")]
    [InlineData("{ namespaces: [mail], tests: { namespace: erp } }", "tests.namespace \"erp\" is not one of namespaces (mail)")]
    public async Task A_wrong_value_is_named(string values, string expected) =>
        Assert.Contains(expected, await Helm.RefusalAsync(values), StringComparison.Ordinal);

    [Fact]
    public async Task What_a_parent_chart_says_to_all_its_parts_is_no_fault() =>
        Assert.NotEmpty((await Helm.RenderAsync("global: { storageClass: fast }")).Objects);

    [Fact]
    public void The_schema_is_one_that_helm_3_understands() =>
        Assert.Equal("http://json-schema.org/draft-07/schema#", Manifest.Text(Schema["$schema"]));

    [Fact]
    public void The_schema_knows_every_value_and_no_other()
    {
        var known = SchemaPaths("", Schema).Order(StringComparer.Ordinal);
        Assert.Equal(ValuePaths("", Values).Order(StringComparer.Ordinal), known);
    }

    [Fact]
    public void Every_object_of_the_schema_refuses_unknown_keys_or_is_a_free_map_on_purpose()
    {
        var open = SchemaObjects("", Schema).Where(entry => entry.Schema["properties"] is not null && entry.Schema["additionalProperties"] is not JsonValue).Select(entry => entry.Path);
        // A parent chart's globals, and Kubernetes' own structures with a name.
        Assert.Equal(["global", "extraEnv[]", "extraVolumes[]", "extraVolumeMounts[]"], open);
    }

    [Fact]
    public void Every_value_is_used_by_a_template()
    {
        var templates = string.Concat(Directory.EnumerateFiles(Path.Combine(Helm.Chart, "templates"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        var unused = ValuePaths("", Values).Where(path => !templates.Contains($".{path.Split('.')[^1]}", StringComparison.Ordinal) && !templates.Contains($"\"{path}\"", StringComparison.Ordinal));
        Assert.Empty(unused);
    }

    private static IEnumerable<string> ValuePaths(string path, JsonObject values) => values.SelectMany(entry =>
        entry.Value is JsonObject { Count: > 0 } inner && Resolve(At(path + entry.Key)!)["properties"] is not null && !IsProbe(entry.Key)
            ? ValuePaths($"{path}{entry.Key}.", inner)
            : [path + entry.Key]);

    private static IEnumerable<string> SchemaPaths(string path, JsonObject schema) => schema["properties"]!.AsObject().SelectMany(entry =>
    {
        var inner = Resolve(entry.Value!.AsObject());
        return inner["properties"] is null || IsProbe(entry.Key) ? [path + entry.Key] : SchemaPaths($"{path}{entry.Key}.", inner);
    });

    // Kubernetes' own structure: it has more fields than there are defaults.
    private static bool IsProbe(string key) => key.EndsWith("Probe", StringComparison.Ordinal);

    private static IEnumerable<(string Path, JsonObject Schema)> SchemaObjects(string path, JsonObject schema)
    {
        foreach (var (key, value) in schema["properties"]?.AsObject() ?? [])
        {
            var at = path.Length == 0 ? key : $"{path}.{key}";
            var inner = Resolve(value!.AsObject());
            if (inner["items"] is JsonObject items)
            {
                (at, inner) = ($"{at}[]", Resolve(items));
            }

            if (Manifest.Text(inner["type"]) == Free)
            {
                yield return (at, inner);
            }

            foreach (var further in SchemaObjects(at, inner))
            {
                yield return further;
            }
        }
    }

    private static JsonObject? At(string path) =>
        path.Split('.').Aggregate((JsonObject?)Schema, (schema, key) => schema is null ? null : Resolve(schema)["properties"]?[key]?.AsObject());

    private static JsonObject Resolve(JsonObject schema) =>
        schema["$ref"] is { } reference ? Schema["definitions"]![Manifest.Text(reference).Split('/')[^1]]!.AsObject() : schema;
}
