using k8s;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class ListTests : ClusterFixture
{
    [Theory]
    [InlineData("app=relay", "a b")]
    [InlineData("app==relay,tier!=back", "a")]
    [InlineData("tier in (front,back)", "a b")]
    [InlineData("tier notin (back),app", "a")]
    [InlineData("!app", "c")]
    [InlineData("app", "a b")]
    public async Task Labels_select(string selector, string names)
    {
        await LabelledAsync("a", ("app", "relay"), ("tier", "front"));
        await LabelledAsync("b", ("app", "relay"), ("tier", "back"));
        await LabelledAsync("c", ("other", "x"));
        var list = await Client.CoreV1.ListNamespacedConfigMapAsync(Space, labelSelector: selector);
        Assert.Equal(names, string.Join(' ', list.Items.Select(map => map.Metadata.Name)));
    }

    [Fact]
    public async Task Fields_select_and_unknown_ones_are_refused()
    {
        await CreateMapAsync("a");
        await CreateMapAsync("b");
        var list = await Client.CoreV1.ListNamespacedConfigMapAsync(Space, fieldSelector: "metadata.name=b");
        Assert.Equal(["b"], list.Items.Select(map => map.Metadata.Name));
        Assert.Equal(400, (await RefusedAsync(() => Client.CoreV1.ListNamespacedConfigMapAsync(Space, fieldSelector: "data.k=v"))).Code);
    }

    [Fact]
    public async Task Pages_are_of_one_revision()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            await CreateMapAsync(name);
        }
        var first = await Client.CoreV1.ListNamespacedConfigMapAsync(Space, limit: 2);
        Assert.Equal(2, first.Metadata.RemainingItemCount);
        await CreateMapAsync("bb");
        await Client.CoreV1.DeleteNamespacedConfigMapAsync("c", Space);
        var second = await Client.CoreV1.ListNamespacedConfigMapAsync(Space, limit: 2, continueParameter: first.Metadata.ContinueProperty);
        Assert.Equal(["c", "d"], second.Items.Select(map => map.Metadata.Name));
        Assert.Null(second.Metadata.ContinueProperty);
        Assert.Equal(first.Metadata.ResourceVersion, second.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_page_of_a_forgotten_revision_is_gone()
    {
        await CreateMapAsync("a");
        await CreateMapAsync("b");
        var first = await Client.CoreV1.ListNamespacedConfigMapAsync(Space, limit: 1);
        await CreateMapAsync("c");
        Server.Cluster.Store.Compact();
        var (code, status) = await RefusedAsync(() => Client.CoreV1.ListNamespacedConfigMapAsync(Space, limit: 1, continueParameter: first.Metadata.ContinueProperty));
        Assert.Equal((410, "Expired"), (code, status.Reason));
    }

    [Fact]
    public async Task All_namespaces_are_listed_together()
    {
        Server.CreateNamespace("other");
        await CreateMapAsync("a");
        await Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "z" } }, "other");
        Assert.Equal(2, (await Client.CoreV1.ListConfigMapForAllNamespacesAsync()).Items.Count);
    }

    [Fact]
    public async Task Metadata_alone_can_be_listed()
    {
        await CreateMapAsync("a", ("k", "v"));
        Http.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        var list = await GetAsync("/api/v1/configmaps");
        Assert.Equal("PartialObjectMetadataList", list["kind"].Text());
        Assert.Null(list["items"]![0]!["data"]);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        await LabelledAsync("a", ("app", "relay"));
        await LabelledAsync("b", ("app", "other"));
        await Client.CoreV1.DeleteCollectionNamespacedConfigMapAsync(Space, labelSelector: "app=relay");
        Assert.Equal(["b"], (await Client.CoreV1.ListNamespacedConfigMapAsync(Space)).Items.Select(map => map.Metadata.Name));
    }

    private Task<V1ConfigMap> LabelledAsync(string name, params (string Key, string Value)[] labels)
    {
        var map = Map(name);
        map.Metadata.Labels = labels.ToDictionary(label => label.Key, label => label.Value);
        return Client.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
    }
}
