using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>TLS towards a hub: when it is used, what is verified, and what happens where it fails.</summary>
public sealed class HubTlsTests : HubConnecting
{
    [Theory]
    [InlineData(HubTlsMode.Required)]
    [InlineData(HubTlsMode.Implicit)]
    [InlineData(HubTlsMode.Opportunistic)]
    public async Task A_hub_of_the_named_authority_is_reached_by_tls(HubTlsMode mode)
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.ImplicitTls = mode == HubTlsMode.Implicit;

        var report = await ProbeAsync(ProbeDepth.Tls, Tls(mode));

        Assert.True(report.Ok, report.Reason);
        Assert.StartsWith("Tls", report.Steps[0].Text.Split("; ")[1], StringComparison.Ordinal);
        Assert.Equal(["EHLO relay.test", "QUIT"], Hub.SecuredCommands);
    }

    [Fact]
    public async Task Disabled_stays_in_the_clear_whatever_the_hub_offers()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");

        Assert.True((await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Disabled))).Ok);

        Assert.Equal(["EHLO relay.test", "QUIT"], Hub.Commands);
        Assert.Empty(Hub.SecuredCommands);
    }

    [Theory]
    [InlineData(HubTlsMode.Required)]
    [InlineData(HubTlsMode.Implicit)]
    public async Task A_certificate_of_another_authority_is_refused(HubTlsMode mode)
    {
        using var other = new TestAuthority("Somebody Else");
        Hub.Certificate = other.Issue("127.0.0.1");
        Hub.ImplicitTls = mode == HubTlsMode.Implicit;

        var report = await ProbeAsync(ProbeDepth.Tls, Tls(mode));

        Assert.Equal(HubFault.TlsFailed, report.Fault);
        Assert.Contains("not trusted", report.Reason, StringComparison.Ordinal);
        Assert.Empty(Hub.SecuredCommands);
    }

    [Fact]
    public async Task Without_a_named_authority_those_of_the_system_decide()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");

        var report = await ProbeAsync(ProbeDepth.Tls, new HubTlsConfig(HubTlsMode.Required, "", "", "", ""));

        Assert.Equal(HubFault.TlsFailed, report.Fault);
    }

    [Fact]
    public async Task The_certificate_must_bear_the_name_of_the_hub_or_its_serverName()
    {
        Hub.Certificate = Authority.Issue("ht01.corp.example");

        var unnamed = await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Required));
        Assert.Equal(HubFault.TlsFailed, unnamed.Fault);
        Assert.Contains("not for 127.0.0.1", unnamed.Reason, StringComparison.Ordinal);

        var named = await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Required, "ht01.corp.example"));
        Assert.True(named.Ok, named.Reason);
        Assert.Equal("ht01.corp.example", Hub.ServerNames.Last());
    }

    [Fact]
    public async Task Opportunistic_takes_any_certificate()
    {
        using var other = new TestAuthority("Somebody Else");
        Hub.Certificate = other.Issue("elsewhere.example");

        var report = await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Opportunistic));

        Assert.True(report.Ok, report.Reason);
        Assert.NotEmpty(Hub.SecuredCommands);
    }

    [Theory]
    [InlineData("454 4.7.0 TLS not available")]
    [InlineData("220 Go, to no end")]
    public async Task Opportunistic_goes_on_in_the_clear_where_tls_fails(string answer)
    {
        Hub.Extensions = [.. Hub.Extensions, "STARTTLS"];
        Hub.On("STARTTLS", HubAct.RawThenClose($"{answer}\r\n"));

        var report = await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Opportunistic));

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(["EHLO relay.test", "STARTTLS", "EHLO relay.test", "QUIT"], Hub.Commands);
    }

    [Fact]
    public async Task Required_is_not_satisfied_without_STARTTLS()
    {
        var report = await ProbeAsync(ProbeDepth.Tls, Tls(HubTlsMode.Required));

        Assert.Equal(HubFault.TlsNotOffered, report.Fault);
        await Eventually.True(() => Hub.Commands.SequenceEqual(["EHLO relay.test", "QUIT"]), "it leaves in good order");
    }

    [Theory]
    [InlineData(HubTlsMode.Required)]
    [InlineData(HubTlsMode.Opportunistic)]
    public async Task Replies_slipped_in_before_tls_are_not_taken_for_the_hubs_own(HubTlsMode mode)
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.On("STARTTLS", HubAct.Raw("220 Go\r\n250-hub\r\n250 AUTH PLAIN\r\n"));

        var report = await ProbeAsync(ProbeDepth.Tls, Tls(mode));

        Assert.Equal(mode == HubTlsMode.Opportunistic, report.Ok);
        Assert.Empty(Hub.SecuredCommands);
        Assert.True(report.Capabilities is null || report.Capabilities.AuthMechanisms.IsEmpty);
    }

    [Fact]
    public async Task A_hub_that_asks_for_it_is_shown_the_client_certificate()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.AsksForCertificate = true;
        var (certificate, key) = Authority.IssuePem("relay.corp.example");

        var report = await ProbeAsync(
            ProbeDepth.Tls, Tls(HubTlsMode.Required) with { ClientCertificatePem = certificate, ClientKeyPem = key });

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(["CN=relay.corp.example"], Hub.ClientCertificates);
    }

    [Fact]
    public async Task No_mail_goes_to_a_hub_whose_required_tls_does_not_hold()
    {
        using var other = new TestAuthority("Somebody Else");
        Hub.Certificate = other.Issue("127.0.0.1");
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync(
            [Hub, good],
            config => config with
            {
                Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required) }, config.Hubs[1]],
                Health = config.Health with { Ejection = new EjectionConfig(2, 1, 300) },
            });
        using var client = await relay.GreetAsync();

        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(Hub.Messages);
        Assert.Equal(4, good.Messages.Count);
        await Eventually.True(() => relay.HubStatus("ht1").Reason.Contains("not trusted", StringComparison.Ordinal), "the return probe goes as far as mail does");
    }

    [Fact]
    public async Task A_hub_that_stops_offering_STARTTLS_is_taken_out_of_service_and_its_reason_says_so()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync(
            [Hub, good],
            config => config with
            {
                Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required), Limits = new HubLimitsConfig(20, 0, 1, 540) }, config.Hubs[1]],
                Health = config.Health with { Ejection = new EjectionConfig(2, 300, 300) },
            });
        using var client = await relay.GreetAsync();
        await Eventually.True(
            async () =>
            {
                Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
                return !Hub.Messages.IsEmpty;
            },
            "the hub takes mail as long as it offers STARTTLS");
        var taken = Hub.Messages.Count;

        Hub.Certificate = null;
        for (var i = 0; i < 6; i++)
        {
            Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(("Ejected", "Tls: TlsNotOffered no STARTTLS"), (relay.HubStatus("ht1").State, relay.HubStatus("ht1").Reason));
        Assert.Equal(taken, Hub.Messages.Count);
        Assert.Equal(
            Hub.SecuredCommands.Count(line => line.StartsWith("MAIL", StringComparison.Ordinal)), Hub.Commands.Count(line => line.StartsWith("MAIL", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Mail_goes_by_tls_and_over_a_kept_connection()
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        await using var relay = await TestRelay.StartAsync(
            [Hub], config => config with { Hubs = [config.Hubs[0] with { Tls = Tls(HubTlsMode.Required) }] });
        using var client = await relay.GreetAsync();
        await Eventually.True(() => relay.HubStatus("ht1").State == "Healthy", "the first probe is through");

        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(3, Hub.SecuredCommands.Count(line => line.StartsWith("MAIL", StringComparison.Ordinal)));
        Assert.Equal(2, Hub.Connections); // the probe's and the mail's
    }
}
