using System.Net;
using System.Text.Json;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Admin;

public sealed class AdminServerTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub]);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("healthz", HttpStatusCode.OK, "ok\n")]
    [InlineData("readyz", HttpStatusCode.OK, "ready\n")]
    [InlineData("anything", HttpStatusCode.NotFound, "Nothing here. Try /healthz /readyz /metrics /status\n")]
    public async Task It_answers(string path, HttpStatusCode code, string text)
    {
        using var answer = await Http.GetAsync(new Uri($"{_relay.Host.AdminAddress}/{path}"));
        Assert.Equal(code, answer.StatusCode);
        Assert.Equal(text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readiness_does_not_depend_on_hubs()
    {
        await _relay.ApplyAsync(config => config with { Hubs = [], Routes = [new("default", [], [])] });
        Assert.Equal("ready\n", await GetAsync("readyz"));
    }

    [Fact]
    public async Task Status_tells_of_sessions_listeners_and_hubs()
    {
        using var wire = await _relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RCPT TO:<c@d.test>");

        var status = JsonDocument.Parse(await GetAsync("status")).RootElement;

        Assert.Equal("mail/corp", status.GetProperty("pool").GetString());
        Assert.Equal(1, status.GetProperty("sessions").GetInt32());
        Assert.Equal(_relay.Address.ToString(), status.GetProperty("listeners")[0].GetProperty("address").GetString());
        Assert.False(status.GetProperty("leaving").GetBoolean());
        var hub = status.GetProperty("hubs")[0];
        Assert.Equal("ht1", hub.GetProperty("name").GetString());
        Assert.Equal(1, hub.GetProperty("inFlight").GetInt32());
        Assert.Contains("Pipelining", hub.GetProperty("offers").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_a_refused_configuration_stand_in_the_status()
    {
        _relay.Host.ConfigFaults = () => ["pool.yaml:3: spec.listeners[0].port: found 0, allowed 1 to 65535"];
        var faults = JsonDocument.Parse(await GetAsync("status")).RootElement.GetProperty("configFaults");
        Assert.Equal("pool.yaml:3: spec.listeners[0].port: found 0, allowed 1 to 65535", faults[0].GetString());
    }

    private Task<string> GetAsync(string path) => Http.GetStringAsync(new Uri($"{_relay.Host.AdminAddress}/{path}"));
}
