using k8s;
using k8s.Models;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class DeletionTests : ClusterFixture
{
    private const string Maps = $"/api/v1/namespaces/{Space}/configmaps";

    [Fact]
    public async Task A_finalizer_holds_an_object_until_it_is_taken_off()
    {
        var map = Map("m");
        map.Metadata.Finalizers = ["example.com/hold"];
        await Client.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
        await SendAsync(HttpMethod.Delete, Maps + "/m");
        var held = await Client.CoreV1.ReadNamespacedConfigMapAsync("m", Space);
        Assert.NotNull(held.Metadata.DeletionTimestamp);
        Assert.Equal(422, (await SendAsync(HttpMethod.Patch, Maps + "/m", """{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}""", "application/merge-patch+json")).Code);
        await SendAsync(HttpMethod.Patch, Maps + "/m", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, Maps + "/m")).Code);
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":"other"}}""")]
    [InlineData("""{"preconditions":{"resourceVersion":"1"}}""")]
    public async Task A_delete_whose_precondition_fails_conflicts(string options)
    {
        await CreateMapAsync("m");
        var (code, body) = await SendAsync(HttpMethod.Delete, Maps + "/m", options);
        Assert.Equal(409, code);
        Assert.Contains("Precondition failed", body["message"].Text(), StringComparison.Ordinal);
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, Maps + "/m")).Code);
    }

    [Fact]
    public async Task Dependents_go_after_their_owner()
    {
        var owner = await CreateMapAsync("owner");
        await DependentAsync("child", owner);
        await DependentAsync("grandchild", await Client.CoreV1.ReadNamespacedConfigMapAsync("child", Space));
        await SendAsync(HttpMethod.Delete, Maps + "/owner");
        await GoneAsync("child");
        await GoneAsync("grandchild");
    }

    [Fact]
    public async Task A_dependent_of_two_outlives_the_first()
    {
        var (one, two) = (await CreateMapAsync("one"), await CreateMapAsync("two"));
        await DependentAsync("child", one, two);
        await SendAsync(HttpMethod.Delete, Maps + "/one");
        await Eventually.True(async () => (await Client.CoreV1.ReadNamespacedConfigMapAsync("child", Space)).Metadata.OwnerReferences.Count == 1, "one owner is left");
        await SendAsync(HttpMethod.Delete, Maps + "/two");
        await GoneAsync("child");
    }

    [Fact]
    public async Task Foreground_waits_for_those_that_block()
    {
        var owner = await CreateMapAsync("owner");
        await DependentAsync("child", owner);
        await SendAsync(HttpMethod.Patch, Maps + "/child", """{"metadata":{"finalizers":["example.com/hold"]}}""", "application/merge-patch+json");
        await SendAsync(HttpMethod.Delete, Maps + "/owner", """{"propagationPolicy":"Foreground"}""");
        await Eventually.True(async () => (await GetAsync(Maps + "/child")).IsLeaving(), "the dependent is told to go");
        Assert.Equal(["foregroundDeletion"], (await GetAsync(Maps + "/owner")).At("metadata", "finalizers").Texts());
        await SendAsync(HttpMethod.Patch, Maps + "/child", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await GoneAsync("owner");
    }

    [Fact]
    public async Task Orphans_stay_and_forget_their_owner()
    {
        await DependentAsync("child", await CreateMapAsync("owner"));
        await SendAsync(HttpMethod.Delete, Maps + "/owner", """{"propagationPolicy":"Orphan"}""");
        await GoneAsync("owner");
        Assert.Null((await Client.CoreV1.ReadNamespacedConfigMapAsync("child", Space)).Metadata.OwnerReferences);
    }

    [Fact]
    public async Task An_owner_in_another_namespace_counts_as_gone()
    {
        Server.CreateNamespace("other");
        var owner = await Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "owner" } }, "other");
        await DependentAsync("child", owner);
        await GoneAsync("child");
    }

    [Fact]
    public async Task A_namespace_empties_before_it_goes_and_takes_nothing_new()
    {
        var map = Map("held");
        map.Metadata.Finalizers = ["example.com/hold"];
        await Client.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
        await CreateMapAsync("free");
        await SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/{Space}");
        await GoneAsync("free");
        var (code, status) = await RefusedAsync(() => CreateMapAsync("late"));
        Assert.Equal((403, "Forbidden"), (code, status.Reason));
        Assert.Equal("NamespaceTerminating", Assert.Single(status.Details.Causes).Reason);
        Assert.Equal("Terminating", (await Client.CoreV1.ReadNamespaceAsync(Space)).Status.Phase);
        await SendAsync(HttpMethod.Patch, Maps + "/held", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await Eventually.True(async () => (await SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Space}")).Code == 404, "the namespace is gone");
    }

    [Fact]
    public async Task A_definition_takes_its_objects_with_it()
    {
        await Server.InstallAsync(PondDefinition.Yaml);
        var ponds = $"/apis/example.com/v1/namespaces/{Space}/ponds";
        Assert.Equal(201, (await SendAsync(HttpMethod.Post, ponds, """{"metadata":{"name":"p"},"spec":{}}""")).Code);
        await SendAsync(HttpMethod.Delete, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ponds.example.com");
        await Eventually.True(async () => (await SendAsync(HttpMethod.Get, ponds)).Code == 404, "the kind is served no more");
    }

    private Task DependentAsync(string name, params V1ConfigMap[] owners)
    {
        var map = Map(name);
        map.Metadata.OwnerReferences = [.. owners.Select(owner => new V1OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = owner.Metadata.Name, Uid = owner.Metadata.Uid, BlockOwnerDeletion = true })];
        return Client.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
    }

    private Task GoneAsync(string name) => Eventually.True(async () => (await SendAsync(HttpMethod.Get, $"{Maps}/{name}")).Code == 404, $"{name} is gone");
}
