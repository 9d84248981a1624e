using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Secrets that pools and hubs refer to before they exist.</summary>
public sealed class MissingSecretTests : RunningOperator
{
    [Fact]
    public async Task A_pool_says_which_Secret_it_waits_for_and_is_served_when_it_comes()
    {
        Relays.Answer = static (_, status) =>
        {
            status["spool"] = new JsonObject { ["messages"] = 0, ["bytes"] = 0 };
            return status;
        };
        await ServeAsync("well");
        await CreatePoolAsync("corp", ""","spool":{"postgres":{"connectionSecretRef":{"name":"spool-db"}}}""");

        await Eventually.True(async () => await ConditionAsync("corp", "ConfigApplied") == "False/NoConfiguration", "it says so");
        Assert.Contains("spool-db", (string?)(await FindConditionAsync("corp", "ConfigApplied"))!["message"], StringComparison.Ordinal);
        Assert.Equal("", await PoolJsonAsync("corp"));
        await CreateHubAsync("ht03");
        await KnowsAsync("well", "ht03");

        await Admin.CreateAsync(ResourceKind.Secret, Space, Secret("spool-db", "uri", "postgres://spool:secret@db.example/spool"), Cancel);

        await ServedAsync("corp");
    }

    [Fact]
    public async Task A_hub_without_its_Secret_is_left_out_until_it_comes()
    {
        await ServeAsync("corp", "well");
        await CreateHubAsync("ht03", ""","tls":{"mode":"Required"},"credentials":{"secretRef":{"name":"ht03-login"}}""");

        await Eventually.True(async () => await ConditionAsync("corp", "ConfigApplied") == "False/Faults", "it says so");
        Assert.Contains("ht03-login", (string?)(await FindConditionAsync("corp", "ConfigApplied"))!["message"], StringComparison.Ordinal);
        await CreateHubAsync("ht04");
        await KnowsAsync("corp", "ht04");
        Assert.DoesNotContain("ht03.example", await PoolJsonAsync("corp"), StringComparison.Ordinal);

        var login = Secret("ht03-login", "username", "relay");
        login["stringData"]!["password"] = "secret";
        await Admin.CreateAsync(ResourceKind.Secret, Space, login, Cancel);

        await KnowsAsync("corp", "ht03");
        await ServedAsync("corp");
        await ServedAsync("well");
    }
}
