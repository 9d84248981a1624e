using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class ApplyTests : ClusterFixture
{
    private const string MapPath = $"/api/v1/namespaces/{Space}/configmaps/m";
    private const string Deployment = $"/apis/apps/v1/namespaces/{Space}/deployments/d";
    private const string Service = $"/api/v1/namespaces/{Space}/services/s";

    [Fact]
    public async Task An_apply_creates_what_is_missing_and_merges_into_what_is_there()
    {
        Assert.Equal(201, (await ApplyAsync(MapPath, "one", """{"data":{"a":"1"}}""")).Code);
        var (code, body) = await ApplyAsync(MapPath, "two", """{"data":{"b":"2"}}""");
        Assert.Equal(200, code);
        Assert.Equal("""{"a":"1","b":"2"}""", body["data"]!.ToJsonString());
    }

    [Fact]
    public async Task The_real_client_applies_too()
    {
        var map = new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new() { Name = "m" }, Data = new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = "1" } };
        await Client.CoreV1.PatchNamespacedConfigMapAsync(new V1Patch(map, V1Patch.PatchType.ApplyPatch), "m", Space, fieldManager: "relay-operator", force: true);
        var entry = Assert.Single((await Client.CoreV1.ReadNamespacedConfigMapAsync("m", Space)).Metadata.ManagedFields);
        Assert.Equal(("relay-operator", "Apply", "v1"), (entry.Manager, entry.Operation, entry.ApiVersion));
    }

    [Fact]
    public async Task The_body_may_be_YAML()
    {
        var (_, body) = await ApplyAsync(MapPath, "one", "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: \"1\"\n");
        Assert.Equal("1", body.At("data", "a").Text());
    }

    [Fact]
    public async Task Fields_are_kept_per_manager_in_fieldsV1_form()
    {
        var (_, body) = await ApplyAsync(MapPath, "one", """{"metadata":{"labels":{"app":"x"}},"data":{"a":"1"}}""");
        Assert.Equal("""{"f:data":{"f:a":{}},"f:metadata":{"f:labels":{"f:app":{}}}}""", body.At("metadata", "managedFields")![0]!["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public async Task What_is_applied_no_more_and_owned_by_nobody_else_goes()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1","b":"2"}}""");
        await ApplyAsync(MapPath, "two", """{"data":{"b":"2"}}""");
        var (_, body) = await ApplyAsync(MapPath, "one", """{"data":{"c":"3"}}""");
        Assert.Equal("""{"b":"2","c":"3"}""", body["data"]!.ToJsonString());
    }

    [Fact]
    public async Task The_last_field_of_a_map_takes_the_map_with_it()
    {
        await ApplyAsync(MapPath, "one", """{"metadata":{"labels":{"app":"x"}},"data":{"a":"1"}}""");
        var (_, body) = await ApplyAsync(MapPath, "one", "{}");
        Assert.Null(body["data"]);
        Assert.Null(body.At("metadata", "labels"));
        Assert.NotEmpty(body.Uid());
    }

    [Fact]
    public async Task Another_managers_value_is_a_conflict()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1"}}""");
        var (code, body) = await ApplyAsync(MapPath, "two", """{"data":{"a":"2"}}""");
        Assert.Equal(409, code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\" using v1: .data.a", body["message"].Text());
        Assert.Equal("FieldManagerConflict", body.At("details", "causes")![0]!["reason"].Text());
        Assert.Equal("1", (await GetAsync(MapPath)).At("data", "a").Text());
    }

    [Fact]
    public async Task Force_takes_the_field_from_its_manager()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1"}}""");
        var (code, body) = await ApplyAsync(MapPath, "two", """{"data":{"a":"2"}}""", force: true);
        Assert.Equal(200, code);
        Assert.Equal("2", body.At("data", "a").Text());
        Assert.Equal(["two"], Managers(body));
    }

    [Fact]
    public async Task The_same_value_is_shared()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1"}}""");
        var (code, body) = await ApplyAsync(MapPath, "two", """{"data":{"a":"1"}}""");
        Assert.Equal(200, code);
        Assert.Equal(["one", "two"], Managers(body));
    }

    [Fact]
    public async Task An_apply_that_changes_nothing_keeps_the_version()
    {
        Server.Controllers.IsEnabled = false;
        var applied = WorkloadJson("""{"name":"relay","image":"relay:1","ports":[{"containerPort":2525}]}""");
        var (_, first) = await ApplyAsync(Deployment, "one", applied);
        var (_, again) = await ApplyAsync(Deployment, "one", applied);
        Assert.Equal(first.ResourceVersion(), again.ResourceVersion());
    }

    [Fact]
    public async Task An_update_takes_over_what_it_changes_and_the_next_apply_conflicts()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1","b":"1"}}""");
        var map = await Client.CoreV1.ReadNamespacedConfigMapAsync("m", Space);
        map.Data["a"] = "by hand";
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(map, "m", Space, fieldManager: "kubectl-edit");
        var (code, body) = await ApplyAsync(MapPath, "one", """{"data":{"a":"1","b":"1"}}""");
        Assert.Equal(409, code);
        Assert.Contains("conflict with \"kubectl-edit\"", body["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containers_environment_and_ports_merge_by_their_keys()
    {
        await ApplyAsync(Deployment, "one", WorkloadJson("""{"name":"relay","image":"relay:1","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":2525,"name":"smtp"}]}"""));
        var (code, body) = await ApplyAsync(Deployment, "two", """
            {"spec":{"template":{"spec":{"containers":[{"name":"relay","env":[{"name":"B","value":"2"}]},{"name":"extra","image":"x:1"}]}}}}
            """);
        Assert.Equal(200, code);
        var containers = body.At("spec", "template", "spec", "containers").Items().ToList();
        Assert.Equal(["relay", "extra"], containers.Select(container => container["name"].Text()));
        Assert.Equal("relay:1", containers[0]["image"].Text());
        Assert.Equal(["A", "B"], containers[0]["env"].Items().Select(variable => variable["name"].Text()));

        (_, body) = await ApplyAsync(Deployment, "two", "{}");
        containers = body.At("spec", "template", "spec", "containers").Items().ToList();
        Assert.Equal(["relay"], containers.Select(container => container["name"].Text()));
        Assert.Equal(["A"], containers[0]["env"].Items().Select(variable => variable["name"].Text()));
    }

    [Fact]
    public async Task An_item_without_its_key_is_refused()
    {
        var (code, body) = await ApplyAsync(Deployment, "one", WorkloadJson("""{"image":"relay:1"}"""));
        Assert.Equal(400, code);
        Assert.Contains("omits key field \"name\"", body["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Defaults_beside_applied_fields_stay_and_belong_to_nobody()
    {
        const string Applied = """{"spec":{"selector":{"app":"relay"},"ports":[{"port":25,"name":"smtp"}]}}""";
        var (_, first) = await ApplyAsync(Service, "one", Applied);
        Assert.Equal("TCP", first.At("spec", "ports")![0]!["protocol"].Text());
        Assert.Equal("ClusterIP", first.At("spec", "type").Text());
        var (_, again) = await ApplyAsync(Service, "one", Applied);
        Assert.Equal(first.ResourceVersion(), again.ResourceVersion());
        Assert.DoesNotContain("f:type", again.At("metadata", "managedFields")![0]!.ToJsonString(), StringComparison.Ordinal);
        var (_, fewer) = await ApplyAsync(Service, "one", """{"spec":{"selector":{"app":"relay"},"ports":[{"port":26}]}}""");
        Assert.Equal(26, Assert.Single(fewer.At("spec", "ports").Items())["port"].Number());
    }

    [Fact]
    public async Task Selectors_and_rules_are_replaced_as_a_whole()
    {
        await ApplyAsync(Service, "one", """{"spec":{"selector":{"app":"relay","old":"x"},"ports":[{"port":25}]}}""");
        var (_, body) = await ApplyAsync(Service, "one", """{"spec":{"selector":{"app":"relay"},"ports":[{"port":25}]}}""");
        Assert.Equal("""{"app":"relay"}""", body.At("spec", "selector")!.ToJsonString());
    }

    [Fact]
    public async Task Finalizers_are_a_set_that_managers_share()
    {
        await ApplyAsync(MapPath, "one", """{"metadata":{"finalizers":["example.com/one"]}}""");
        var (_, body) = await ApplyAsync(MapPath, "two", """{"metadata":{"finalizers":["example.com/two"]}}""");
        Assert.Equal(["example.com/one", "example.com/two"], body.At("metadata", "finalizers").Texts());
        (_, body) = await ApplyAsync(MapPath, "one", "{}");
        Assert.Equal(["example.com/two"], body.At("metadata", "finalizers").Texts());
    }

    [Fact]
    public async Task A_manager_must_be_named()
    {
        var (code, body) = await SendAsync(HttpMethod.Patch, MapPath, """{"data":{}}""", "application/apply-patch+yaml");
        Assert.Equal(400, code);
        Assert.Contains("fieldManager", body["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_uid_or_version_that_is_another_is_a_conflict()
    {
        await ApplyAsync(MapPath, "one", """{"data":{"a":"1"}}""");
        Assert.Equal(409, (await ApplyAsync(MapPath, "one", """{"metadata":{"uid":"other"}}""")).Code);
        Assert.Equal(409, (await ApplyAsync(MapPath, "one", """{"metadata":{"resourceVersion":"1"}}""")).Code);
        Assert.Equal(409, (await ApplyAsync(MapPath + "2", "one", """{"metadata":{"uid":"other"}}""")).Code);
    }

    private static string WorkloadJson(string container) => """
        {"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1,"selector":{"matchLabels":{"app":"relay"}},
         "template":{"metadata":{"labels":{"app":"relay"}},"spec":{"containers":[CONTAINER]}}}}
        """.Replace("CONTAINER", container, StringComparison.Ordinal);

    private static IEnumerable<string?> Managers(JsonObject body) => body.At("metadata", "managedFields").Items().Select(entry => entry["manager"].Text());
}
