using System.Text;
using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>AUTH towards a hub: which mechanism, when not at all, and what a refusal means.</summary>
public sealed class HubLoginTests : HubConnecting
{
    public HubLoginTests()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.Login = ("relay", "swordfish");
    }

    [Theory]
    [InlineData(SaslMechanismName.Plain, "AUTH PLAIN ")]
    [InlineData(SaslMechanismName.Login, "AUTH LOGIN")]
    [InlineData(SaslMechanismName.ScramSha256, "AUTH SCRAM-SHA-256 ")]
    [InlineData(SaslMechanismName.Auto, "AUTH SCRAM-SHA-256 ")]
    public async Task A_mechanism_logs_in(SaslMechanismName mechanism, string command)
    {
        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), new HubCredentialsConfig(mechanism, "relay", "swordfish"));

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(HubPhase.Auth, report.Steps[^1].Phase);
        Assert.Contains(Hub.SecuredCommands, line => line.StartsWith(command, StringComparison.Ordinal));
        Assert.Equal("QUIT", Hub.SecuredCommands.Last());
    }

    [Theory]
    [InlineData("AUTH PLAIN LOGIN", "AUTH PLAIN ")]
    [InlineData("AUTH LOGIN", "AUTH LOGIN")]
    public async Task Auto_takes_the_strongest_that_is_offered(string offer, string command)
    {
        Hub.Extensions = [.. Hub.Extensions, offer];

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), new HubCredentialsConfig(SaslMechanismName.Auto, "relay", "swordfish"));

        Assert.True(report.Ok, report.Reason);
        Assert.Contains(Hub.SecuredCommands, line => line.StartsWith(command, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_password_goes_to_a_hub_that_offers_nothing_it_would_be_safe_with()
    {
        Hub.Extensions = [.. Hub.Extensions, "AUTH NTLM XOAUTH2"];

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), new HubCredentialsConfig(SaslMechanismName.Auto, "relay", "swordfish"));

        Assert.Equal(HubFault.AuthFailed, report.Fault);
        Assert.DoesNotContain(Hub.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_password_goes_in_the_clear()
    {
        Hub.Certificate = null;

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Opportunistic), new HubCredentialsConfig(SaslMechanismName.Plain, "relay", "swordfish"));

        Assert.Equal(HubFault.TlsNotOffered, report.Fault);
        Assert.DoesNotContain(Hub.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SaslMechanismName.Plain)]
    [InlineData(SaslMechanismName.Login)]
    [InlineData(SaslMechanismName.ScramSha256)]
    public async Task A_wrong_password_is_told_in_the_hubs_own_words_and_named_nowhere(SaslMechanismName mechanism)
    {
        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), new HubCredentialsConfig(mechanism, "relay", "haddock"));

        Assert.False(report.Ok);
        Assert.Equal("Auth: 535 5.7.8 Who?", report.Reason);
        Assert.DoesNotContain("haddock", report.ToString(), StringComparison.Ordinal);
        await Eventually.True(() => Hub.SecuredCommands.LastOrDefault() == "QUIT", "it leaves in good order");
    }

    [Fact]
    public async Task A_challenge_without_sense_ends_the_login()
    {
        Hub.On("AUTH", "334 not-base64!");

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), new HubCredentialsConfig(SaslMechanismName.Login, "relay", "swordfish"));

        Assert.False(report.Ok);
    }

    [Theory]
    [InlineData(SaslMechanismName.Plain)]
    [InlineData(SaslMechanismName.Login)]
    [InlineData(SaslMechanismName.ScramSha256)]
    public async Task The_password_of_a_login_is_in_no_status_log_trace_or_metric(SaslMechanismName mechanism)
    {
        using var logs = new LineLoggerFactory();
        using var traces = new TraceTags();
        var credentials = new HubCredentialsConfig(mechanism, "relay", "swordfish");
        await using var relay = await TestRelay.StartAsync(
            [Hub],
            config => config with
            {
                Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required), Credentials = credentials, Limits = new HubLimitsConfig(20, 0, 1, 540) }],
                Health = config.Health with { Ejection = new EjectionConfig(1, 300, 300) },
            },
            loggers: logs);
        using var client = await relay.GreetAsync();
        Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        Hub.Login = ("relay", "haddock");
        Assert.StartsWith("451", await client.SendMessageAsync(), StringComparison.Ordinal);

        var status = relay.HubStatus("ht1");
        Assert.Equal("Auth: 535 5.7.8 Who?", status.Reason);
        string[] told =
        [
            JsonSerializer.Serialize(relay.Status, RelayStatusJson.Default.RelayStatus), $"{relay.Config} {relay.Config.Hubs[0]} {credentials}", await relay.MetricsAsync(), .. logs.Lines, .. traces.All,
        ];
        Assert.Contains(told, text => text.Contains("535 5.7.8", StringComparison.Ordinal));
        string[] secrets = ["swordfish", Encoded("swordfish"), Encoded("\0relay\0swordfish")];
        Assert.All(told, text => Assert.DoesNotContain(secrets, secret => text.Contains(secret, StringComparison.Ordinal)));

        static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task Mail_of_one_hub_that_refuses_the_login_goes_to_another()
    {
        await using var good = new ScriptedHub();
        var credentials = new HubCredentialsConfig(SaslMechanismName.Plain, "relay", "haddock");
        await using var relay = await TestRelay.StartAsync(
            [Hub, good],
            config => config with { Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required), Credentials = credentials }, config.Hubs[1]] });
        using var client = await relay.GreetAsync();

        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(Hub.Messages);
        Assert.Equal(4, good.Messages.Count);
    }
}
