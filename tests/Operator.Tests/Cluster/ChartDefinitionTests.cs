using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class ChartDefinitionTests : ClusterFixture
{
    private const string Pools = $"/apis/relayoperator.io/v1beta1/namespaces/{Space}/relaypools";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Server.InstallDefinitionsAsync();
    }

    [Fact]
    public async Task The_examples_are_accepted_and_applied_again_change_nothing()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "examples"), "*.yaml"))
        {
            foreach (var document in YamlText.Documents(await File.ReadAllTextAsync(file)).OfType<JsonObject>().Where(document => document["kind"].Text() is "RelayPool" or "HubTransport"))
            {
                var plural = document["kind"].Text() == "RelayPool" ? "relaypools" : "hubtransports";
                var path = $"/apis/relayoperator.io/v1beta1/namespaces/{Space}/{plural}/{document.Name()}";
                var (code, first) = await ApplyAsync(path, "kubectl", document.ToJsonString());
                Assert.True(code is 200 or 201, $"{file}: {first["message"].Text()}");
                var (_, again) = await ApplyAsync(path, "kubectl", document.ToJsonString());
                Assert.Equal(first.ResourceVersion(), again.ResourceVersion());
            }
        }
    }

    [Fact]
    public async Task The_real_client_lists_and_scales_pools()
    {
        await ApplyAsync(Pools + "/corp", "kubectl", Pool);
        var list = JsonSerializer.SerializeToNode(await Client.CustomObjects.ListNamespacedCustomObjectAsync("relayoperator.io", "v1beta1", Space, "relaypools"));
        Assert.Equal("corp", Assert.Single(list.At("items").Items()).Name());
        Assert.Equal(200, (await SendAsync(HttpMethod.Patch, Pools + "/corp/scale", """{"spec":{"replicas":4}}""", "application/merge-patch+json")).Code);
        Assert.Equal(4, (await GetAsync(Pools + "/corp")).At("spec", "replicas").Number());
    }

    [Fact]
    public async Task A_rule_that_does_not_hold_is_told_to_the_writer()
    {
        var (code, status) = await ApplyAsync(Pools + "/corp", "kubectl", Pool.Replace("\"port\":2525", "\"port\":9025", StringComparison.Ordinal));
        Assert.Equal(422, code);
        Assert.StartsWith("RelayPool.relayoperator.io \"corp\" is invalid: ", status["message"].Text(), StringComparison.Ordinal);
    }

    private const string Pool = """
        {"spec":{"listeners":[{"name":"smtp","port":2525}],"access":[{"name":"all","clientCIDRs":["10.0.0.0/8"]}],"hubs":{"selector":{"matchLabels":{"pool":"corp"}}}}}
        """;
}
