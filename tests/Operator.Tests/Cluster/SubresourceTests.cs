using k8s;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class SubresourceTests : ClusterFixture
{
    private const string Ponds = $"/apis/example.com/v1/namespaces/{Space}/ponds";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Server.InstallAsync(PondDefinition.Yaml);
    }

    [Fact]
    public async Task Status_is_not_written_through_the_object_nor_the_object_through_its_status()
    {
        await SendAsync(HttpMethod.Post, Ponds, """{"metadata":{"name":"p"},"spec":{"replicas":2},"status":{"replicas":9}}""");
        Assert.Null((await GetAsync(Ponds + "/p"))["status"]);
        var (_, written) = await SendAsync(HttpMethod.Patch, Ponds + "/p/status", """{"spec":{"replicas":7},"status":{"replicas":2}}""", "application/merge-patch+json");
        Assert.Equal((2L, 2L), (written.At("spec", "replicas").Number(), written.At("status", "replicas").Number()));
        (_, written) = await SendAsync(HttpMethod.Patch, Ponds + "/p", """{"status":{"replicas":5}}""", "application/merge-patch+json");
        Assert.Equal(2, written.At("status", "replicas").Number());
    }

    [Fact]
    public async Task Generation_counts_changes_of_the_spec_alone()
    {
        var (_, pond) = await SendAsync(HttpMethod.Post, Ponds, """{"metadata":{"name":"p"},"spec":{"replicas":2}}""");
        Assert.Equal(1, pond.Generation());
        (_, pond) = await SendAsync(HttpMethod.Patch, Ponds + "/p/status", """{"status":{"replicas":2}}""", "application/merge-patch+json");
        (_, pond) = await SendAsync(HttpMethod.Patch, Ponds + "/p", """{"metadata":{"labels":{"a":"b"}}}""", "application/merge-patch+json");
        Assert.Equal(1, pond.Generation());
        (_, pond) = await SendAsync(HttpMethod.Patch, Ponds + "/p", """{"spec":{"replicas":3}}""", "application/merge-patch+json");
        Assert.Equal(2, pond.Generation());
    }

    [Fact]
    public async Task Status_can_be_applied_with_conditions_by_type()
    {
        await SendAsync(HttpMethod.Post, Ponds, """{"metadata":{"name":"p"},"spec":{"replicas":2}}""");
        await ApplyAsync(Ponds + "/p/status", "one", """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""");
        var (_, pond) = await ApplyAsync(Ponds + "/p/status", "two", """{"status":{"conditions":[{"type":"Drained","status":"False"}]}}""");
        Assert.Equal(["Ready", "Drained"], pond.At("status", "conditions").Items().Select(condition => condition["type"].Text()));
        Assert.Equal(2, pond.At("spec", "replicas").Number());
        Assert.Equal("status", pond.At("metadata", "managedFields").Items().First(entry => entry["manager"].Text() == "one")["subresource"].Text());
    }

    [Fact]
    public async Task Scale_reads_and_writes_replicas()
    {
        await SendAsync(HttpMethod.Post, Ponds, """{"metadata":{"name":"p"},"spec":{"replicas":2}}""");
        await SendAsync(HttpMethod.Patch, Ponds + "/p/status", """{"status":{"replicas":1,"selector":"app=p"}}""", "application/merge-patch+json");
        var scale = await GetAsync(Ponds + "/p/scale");
        Assert.Equal((2L, 1L, "app=p"), (scale.At("spec", "replicas").Number(), scale.At("status", "replicas").Number(), scale.At("status", "selector").Text()));
        var (code, _) = await SendAsync(HttpMethod.Patch, Ponds + "/p/scale", """{"spec":{"replicas":5}}""", "application/merge-patch+json");
        Assert.Equal(200, code);
        var pond = await GetAsync(Ponds + "/p");
        Assert.Equal((5L, 2L), (pond.At("spec", "replicas").Number(), pond.Generation()));
    }

    [Fact]
    public async Task The_real_client_scales_a_StatefulSet_and_a_stale_scale_conflicts()
    {
        Server.Controllers.IsEnabled = false;
        await Client.AppsV1.CreateNamespacedStatefulSetAsync(Workloads.StatefulSet("s", 2), Space);
        var scale = await Client.AppsV1.ReadNamespacedStatefulSetScaleAsync("s", Space);
        scale.Spec.Replicas = 4;
        var scaled = await Client.AppsV1.ReplaceNamespacedStatefulSetScaleAsync(scale, "s", Space);
        Assert.Equal(4, scaled.Spec.Replicas);
        Assert.Equal("app=s", scaled.Status.Selector);
        Assert.Equal(409, (await RefusedAsync(() => Client.AppsV1.ReplaceNamespacedStatefulSetScaleAsync(scale, "s", Space))).Code);
    }

    [Fact]
    public async Task A_kind_without_a_subresource_has_no_such_path() =>
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Space}/configmaps/m/status")).Code);
}
