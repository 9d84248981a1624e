using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class SchemaTests : ClusterFixture
{
    private const string Ponds = $"/apis/example.com/v1/namespaces/{Space}/ponds";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Server.InstallAsync(PondDefinition.Yaml);
    }

    [Fact]
    public async Task Defaults_are_filled_in()
    {
        var (_, pond) = await PostAsync("""{"fish":[{"name":"carp"}]}""");
        Assert.Equal("Fresh", pond.At("spec", "water").Text());
        Assert.Equal(1, pond.At("spec", "fish")![0]!["count"].Number());
    }

    [Fact]
    public async Task Unknown_fields_are_pruned_or_refused()
    {
        var (code, pond) = await PostAsync("""{"boats":3}""");
        Assert.Equal(201, code);
        Assert.Null(pond.At("spec", "boats"));
        (code, pond) = await SendAsync(HttpMethod.Post, Ponds + "?fieldValidation=Strict", """{"metadata":{"name":"q"},"spec":{"boats":3}}""");
        Assert.Equal(400, code);
        Assert.Contains("strict decoding error: unknown field \"spec.boats\"", pond["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_apply_of_an_unknown_field_is_refused()
    {
        var (code, status) = await ApplyAsync(Ponds + "/p", "one", """{"spec":{"boats":3}}""");
        Assert.Equal(400, code);
        Assert.Contains(".spec.boats: field not declared in schema", status["message"].Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"replicas":101}""", "spec.replicas")]
    [InlineData("""{"replicas":"two"}""", "spec.replicas")]
    [InlineData("""{"water":"Mud"}""", "spec.water")]
    [InlineData("""{"fish":[{"count":1}]}""", "spec.fish[0].name")]
    [InlineData("""{"fish":[{"name":"a"},{"name":"a"}]}""", "spec.fish[1]")]
    public async Task What_does_not_fit_is_invalid_and_names_its_field(string spec, string field)
    {
        var (code, status) = await PostAsync(spec);
        Assert.Equal(422, code);
        Assert.StartsWith("Pond.example.com \"p\" is invalid: ", status["message"].Text(), StringComparison.Ordinal);
        Assert.Equal(field, status.At("details", "causes")![0]!["field"].Text());
    }

    [Fact]
    public async Task Rules_see_the_object_before()
    {
        await PostAsync("""{"depth":3}""");
        var (code, status) = await SendAsync(HttpMethod.Patch, Ponds + "/p", """{"spec":{"depth":null}}""", "application/merge-patch+json");
        Assert.Equal(422, code);
        Assert.Contains("depth stays once it is set", status["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_of_a_custom_resource_merge_by_their_keys()
    {
        await ApplyAsync(Ponds + "/p", "one", """{"spec":{"fish":[{"name":"carp"}]}}""");
        var (_, pond) = await ApplyAsync(Ponds + "/p", "two", """{"spec":{"fish":[{"name":"pike","count":2}]}}""");
        Assert.Equal(["carp", "pike"], pond.At("spec", "fish").Items().Select(fish => fish["name"].Text()));
        (_, pond) = await ApplyAsync(Ponds + "/p", "one", """{"spec":{}}""");
        Assert.Equal(["pike"], pond.At("spec", "fish").Items().Select(fish => fish["name"].Text()));
    }

    [Fact]
    public async Task A_kind_that_is_not_defined_is_not_found() =>
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, $"/apis/example.com/v1/namespaces/{Space}/lakes")).Code);

    [Fact]
    public async Task Immutable_fields_of_built_in_kinds_are_refused()
    {
        Server.Controllers.IsEnabled = false;
        await SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{Space}/services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":25}]}}""");
        var (code, status) = await SendAsync(HttpMethod.Patch, $"/api/v1/namespaces/{Space}/services/s", """{"spec":{"clusterIP":"10.1.1.1"}}""", "application/merge-patch+json");
        Assert.Equal(422, code);
        Assert.Contains("may not change once set", status["message"].Text(), StringComparison.Ordinal);
        await SendAsync(HttpMethod.Post, $"/apis/apps/v1/namespaces/{Space}/statefulsets", k8s.KubernetesJson.Serialize(Workloads.StatefulSet("s", 1)));
        (code, status) = await SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{Space}/statefulsets/s", """{"spec":{"volumeClaimTemplates":[]}}""", "application/merge-patch+json");
        Assert.Equal(422, code);
        Assert.Contains("updates to statefulset spec for fields other than 'replicas'", status["message"].Text(), StringComparison.Ordinal);
    }

    private Task<(int Code, System.Text.Json.Nodes.JsonObject Body)> PostAsync(string spec) =>
        SendAsync(HttpMethod.Post, Ponds, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");
}
