using k8s;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class ObjectTests : ClusterFixture
{
    [Fact]
    public async Task What_is_created_has_an_identity_and_can_be_read()
    {
        var created = await CreateMapAsync("a", ("k", "v"));
        Assert.NotNull(created.Metadata.Uid);
        Assert.NotNull(created.Metadata.CreationTimestamp);
        Assert.NotEmpty(created.Metadata.ResourceVersion);
        Assert.Equal("v", (await Client.CoreV1.ReadNamespacedConfigMapAsync("a", Space)).Data["k"]);
    }

    [Fact]
    public async Task A_name_is_made_from_generateName()
    {
        var map = Map("");
        map.Metadata = new() { GenerateName = "made-" };
        var created = await Client.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
        Assert.Matches("^made-[a-z0-9]{5}$", created.Metadata.Name);
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        await CreateMapAsync("a");
        var (code, status) = await RefusedAsync(() => CreateMapAsync("a"));
        Assert.Equal((409, "AlreadyExists", "configmaps \"a\" already exists"), (code, status.Reason, status.Message));
    }

    [Fact]
    public async Task What_is_missing_is_not_found()
    {
        var (code, status) = await RefusedAsync(() => Client.AppsV1.ReadNamespacedDeploymentAsync("a", Space));
        Assert.Equal((404, "NotFound", "deployments.apps \"a\" not found"), (code, status.Reason, status.Message));
    }

    [Fact]
    public async Task An_update_from_a_stale_version_conflicts()
    {
        var first = await CreateMapAsync("a", ("k", "1"));
        var second = await Client.CoreV1.ReadNamespacedConfigMapAsync("a", Space);
        second.Data["k"] = "2";
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(second, "a", Space);
        first.Data["k"] = "3";
        var (code, status) = await RefusedAsync(() => Client.CoreV1.ReplaceNamespacedConfigMapAsync(first, "a", Space));
        Assert.Equal((409, "Conflict"), (code, status.Reason));
        Assert.Contains("the object has been modified", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_changes_nothing_keeps_the_version()
    {
        var created = await CreateMapAsync("a", ("k", "1"));
        var again = await Client.CoreV1.ReplaceNamespacedConfigMapAsync(await Client.CoreV1.ReadNamespacedConfigMapAsync("a", Space), "a", Space);
        Assert.Equal(created.Metadata.ResourceVersion, again.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Nothing_is_created_in_a_namespace_that_does_not_exist()
    {
        var (code, status) = await RefusedAsync(() => Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "a" } }, "nowhere"));
        Assert.Equal((404, "namespaces \"nowhere\" not found"), (code, status.Message));
    }

    [Fact]
    public async Task A_dry_run_stores_nothing()
    {
        var map = await Client.CoreV1.CreateNamespacedConfigMapAsync(Map("a"), Space, dryRun: "All");
        Assert.Equal("a", map.Metadata.Name);
        Assert.Equal(404, (await RefusedAsync(() => Client.CoreV1.ReadNamespacedConfigMapAsync("a", Space))).Code);
    }

    [Theory]
    [InlineData("""{"data":{"a":null,"b":"2"}}""", "application/merge-patch+json")]
    [InlineData("""[{"op":"test","path":"/data/a","value":"1"},{"op":"remove","path":"/data/a"},{"op":"add","path":"/data/b","value":"2"}]""", "application/json-patch+json")]
    public async Task Patches_change_fields(string patch, string type)
    {
        await CreateMapAsync("m", ("a", "1"));
        var (code, body) = await SendAsync(HttpMethod.Patch, $"/api/v1/namespaces/{Space}/configmaps/m", patch, type);
        Assert.Equal(200, code);
        Assert.Equal("""{"b":"2"}""", body["data"]!.ToJsonString());
    }

    [Fact]
    public async Task A_patch_of_an_unknown_kind_is_refused()
    {
        await CreateMapAsync("m");
        Assert.Equal(415, (await SendAsync(HttpMethod.Patch, $"/api/v1/namespaces/{Space}/configmaps/m", "{}", "text/plain")).Code);
    }

    [Fact]
    public async Task A_json_patch_whose_test_fails_changes_nothing()
    {
        await CreateMapAsync("m", ("a", "1"));
        var (code, _) = await SendAsync(HttpMethod.Patch, $"/api/v1/namespaces/{Space}/configmaps/m",
            """[{"op":"remove","path":"/data/a"},{"op":"test","path":"/data/b","value":"1"}]""", "application/json-patch+json");
        Assert.Equal(422, code);
        Assert.Equal("1", (await GetAsync($"/api/v1/namespaces/{Space}/configmaps/m")).At("data", "a").Text());
    }

    [Fact]
    public async Task A_lease_is_renewed_by_its_version()
    {
        var lease = new V1Lease { Metadata = new() { Name = "leader" }, Spec = new() { HolderIdentity = "one", RenewTime = TimeProvider.System.GetUtcNow().UtcDateTime } };
        lease = await Client.CoordinationV1.CreateNamespacedLeaseAsync(lease, Space);
        lease.Spec.HolderIdentity = "two";
        Assert.Equal("two", (await Client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "leader", Space)).Spec.HolderIdentity);
        Assert.Equal(409, (await RefusedAsync(() => Client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "leader", Space))).Code);
        lease.Metadata.ResourceVersion = null;
        Assert.Equal(422, (await RefusedAsync(() => Client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "leader", Space))).Code);
    }

    [Fact]
    public async Task Metadata_alone_can_be_asked_for()
    {
        await CreateMapAsync("m", ("a", "1"));
        Http.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        var map = await GetAsync($"/api/v1/namespaces/{Space}/configmaps/m");
        Assert.Equal("PartialObjectMetadata", map["kind"].Text());
        Assert.Null(map["data"]);
        Assert.Equal("m", map.Name());
    }

    [Fact]
    public async Task Discovery_tells_what_is_served()
    {
        Assert.Equal("29", (await Client.Version.GetCodeAsync()).Minor);
        Assert.Contains("apps", (await Client.Apis.GetAPIVersionsAsync()).Groups.Select(group => group.Name));
        Assert.Contains("configmaps", (await Client.CoreV1.GetAPIResourcesAsync()).Resources.Select(resource => resource.Name));
        Assert.Contains("statefulsets/scale", (await Client.AppsV1.GetAPIResourcesAsync()).Resources.Select(resource => resource.Name));
    }
}
