using System.Text;
using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs.Tokens;

/// <summary>XOAUTH2 towards a hub, with tokens of an OAuth 2.0 server.</summary>
public sealed class TokenLoginTests : HubConnecting, IAsyncLifetime
{
    private const string User = "relay@corp.example";
    private const string Secret = "hush-client";

    private TokenServer _server = null!;

    public ValueTask InitializeAsync()
    {
        _server = new TokenServer(Authority.Issue("127.0.0.1"));
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.Extensions = [.. Hub.Extensions, "AUTH XOAUTH2"];
        Hub.Login = (User, "token-1");
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    private HubCredentialsConfig Credentials => new(SaslMechanismName.Auto, User, "")
    {
        Oauth2 = new HubOAuth2Config(_server.Url, "client-1", Secret, "https://mail.example/.default", Authority.Pem),
    };

    [Theory]
    [InlineData(SaslMechanismName.Auto)]
    [InlineData(SaslMechanismName.XOAuth2)]
    public async Task The_relay_logs_in_as_the_user_with_the_token(SaslMechanismName mechanism)
    {
        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials with { Mechanism = mechanism });

        Assert.True(report.Ok, report.Reason);
        var auth = Assert.Single(Hub.SecuredCommands, line => line.StartsWith("AUTH ", StringComparison.Ordinal));
        Assert.Equal($"AUTH XOAUTH2 {Bearer("token-1")}", auth);
        Assert.Equal(Hub.Commands.Count, Hub.SecuredCommands.Count + 2); // EHLO and STARTTLS
    }

    [Fact]
    public async Task A_token_that_is_too_long_for_a_command_line_goes_in_the_line_after_it()
    {
        _server.Prefix = new string('t', 2000);
        Hub.Login = (User, $"{_server.Prefix}1");

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials);

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(["AUTH XOAUTH2", Bearer(Hub.Login.Value.Password)], Hub.SecuredCommands.Skip(1).Take(2));
    }

    [Fact]
    public async Task A_hubs_challenge_that_tells_an_error_is_answered_with_nothing_and_the_next_login_has_another_token()
    {
        Hub.Login = (User, "token-2");

        var refused = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials);
        Assert.Equal("Auth: 535 5.7.8 Who?", refused.Reason);
        await Eventually.True(() => Hub.SecuredCommands.LastOrDefault() == "QUIT", "it leaves in good order");
        Assert.Equal(["", "QUIT"], Hub.SecuredCommands.TakeLast(2));

        var second = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials);
        Assert.True(second.Ok, second.Reason);
    }

    [Fact]
    public async Task A_hub_that_refuses_every_token_does_not_make_the_relay_ask_for_one_each_time()
    {
        Hub.Login = (User, "none");
        for (var i = 0; i < 6; i++)
        {
            Assert.False((await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials)).Ok);
        }

        Assert.Equal(2, _server.Asked.Count);
    }

    [Fact]
    public async Task Twenty_connections_share_one_token()
    {
        var reports = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials)));

        Assert.All(reports, report => Assert.True(report.Ok, report.Reason));
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task No_token_is_asked_for_where_the_hub_takes_none_or_the_probe_goes_not_so_far()
    {
        Assert.True((await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Required), Credentials)).Ok);
        Hub.Extensions = ["AUTH PLAIN LOGIN"];

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials);

        Assert.Equal("Auth: AuthFailed no XOAUTH2", report.Reason);
        Assert.Empty(_server.Asked);
        Assert.DoesNotContain(Hub.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_gives_no_token_is_told_by_its_host_and_code()
    {
        _server.Answer = TokenServer.Response(401, $$"""{"error":"invalid_client","error_description":"{{Secret}} is wrong"}""");

        var report = await ProbeAsync(ProbeDepth.Auth, Tls(HubTlsMode.Required), Credentials);

        Assert.Equal(HubFault.AuthFailed, report.Fault);
        Assert.Equal("Auth: AuthFailed no token from 127.0.0.1: invalid_client", report.Reason);
        Assert.DoesNotContain(Secret, report.ToString(), StringComparison.Ordinal);
        await Eventually.True(() => Hub.SecuredCommands.LastOrDefault() == "QUIT", "it leaves in good order");
    }

    [Fact]
    public async Task A_wait_for_a_token_ends_with_the_time_of_whoever_waits_and_is_held_against_no_hub()
    {
        _server.Answer = TokenServer.Silence;
        var soon = TimeProvider.System.GetTimestamp() + TimeProvider.System.TimestampFrequency;

        var result = await Connector(Tls(HubTlsMode.Required), Credentials).ConnectAsync(ProbeDepth.Auth, soon, TestContext.Current.CancellationToken);

        Assert.Equal((HubPhase.Auth, (HubAnswer)HubFault.Abandoned, "no token from 127.0.0.1 in the time left"), (result.Phase, result.Answer, result.Detail));
        Assert.InRange(TimeProvider.System.GetElapsedTime(soon).TotalSeconds, -0.1, 5);
    }

    [Fact]
    public async Task Mail_of_an_old_client_reaches_a_hub_that_takes_tokens_only_and_no_secret_is_told_anywhere()
    {
        using var logs = new LineLoggerFactory();
        using var traces = new TraceTags();
        var credentials = Credentials;
        await using var relay = await TestRelay.StartAsync(
            [Hub], config => config with { Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required), Credentials = credentials }] }, loggers: logs);
        using var client = await relay.GreetAsync();

        Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("MAIL FROM:<a@b.test>", Assert.Single(Hub.Messages).Mail[..20]);
        Assert.Contains($"AUTH XOAUTH2 {Bearer("token-1")}", Hub.SecuredCommands);

        // The token is revoked, then the client: a mail may wait, it is never refused for good.
        Hub.Login = (User, "token-2");
        await relay.ApplyAsync(config => config with { Hubs = [config.Hubs[0] with { Limits = new HubLimitsConfig(20, 0, 1, 540) }] });
        Assert.StartsWith("451 4.4.1", await AgainAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await AgainAsync(), StringComparison.Ordinal);
        _server.Answer = TokenServer.Response(401, $$"""{"error":"invalid_client","error_description":"{{Secret}} is wrong"}""");
        await relay.ApplyAsync(config => config with
        {
            Hubs = [config.Hubs[0] with { Credentials = credentials with { Oauth2 = credentials.Oauth2! with { ClientSecret = $"{Secret}-2" } } }],
            Health = config.Health with { Ejection = new EjectionConfig(1, 300, 300) },
        });
        Assert.StartsWith("451 4.4.1", await AgainAsync(), StringComparison.Ordinal);
        Assert.Equal("Auth: AuthFailed no token from 127.0.0.1: invalid_client", relay.HubStatus("ht1").Reason);
        Assert.Contains(_server.Asked, asked => asked.Form.Contains($"client_secret={Secret}-2&", StringComparison.Ordinal));

        // The first client again, of whose token nothing was kept.
        _server.Answer = null;
        Hub.Login = (User, "token-4");
        await relay.ApplyAsync(config => config with { Hubs = [config.Hubs[0] with { Credentials = credentials }] });
        Assert.StartsWith("250", await AgainAsync(), StringComparison.Ordinal);

        var told = new StringBuilder($"{JsonSerializer.Serialize(relay.Status, RelayStatusJson.Default.RelayStatus)} {relay.Config} {relay.Config.Hubs[0]} {relay.Config.Hubs[0].Credentials} {await relay.MetricsAsync()}");
        foreach (var line in logs.Lines.Concat(traces.All))
        {
            told.AppendLine(line);
        }

        Assert.Contains("invalid_client", told.ToString(), StringComparison.Ordinal);
        Assert.Contains("relay.answer", told.ToString(), StringComparison.Ordinal);
        Assert.All([Secret, "token-1", "token-4", Bearer("token-1")], secret => Assert.DoesNotContain(secret, told.ToString(), StringComparison.Ordinal));

        async Task<string> AgainAsync()
        {
            using var again = await relay.GreetAsync();
            return await again.SendMessageAsync();
        }
    }

    private static string Bearer(string token) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"user={User}\u0001auth=Bearer {token}\u0001\u0001"));
}
