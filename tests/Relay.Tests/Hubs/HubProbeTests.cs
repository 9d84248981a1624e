using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>Probes of every depth: what they ask, what counts as failed, and that they take their leave.</summary>
public sealed class HubProbeTests : HubConnecting
{
    private static readonly string[] NoCommands = [];

    [Theory]
    [InlineData(ProbeDepth.Connect, "QUIT")]
    [InlineData(ProbeDepth.Ehlo, "EHLO relay.test|QUIT")]
    [InlineData(ProbeDepth.Tls, "EHLO relay.test|STARTTLS|EHLO relay.test|QUIT")]
    [InlineData(ProbeDepth.Auth, "EHLO relay.test|STARTTLS|EHLO relay.test|AUTH PLAIN AHJlbGF5AHN3b3JkZmlzaA==|QUIT")]
    [InlineData(ProbeDepth.Recipient, "EHLO relay.test|STARTTLS|EHLO relay.test|AUTH PLAIN AHJlbGF5AHN3b3JkZmlzaA==|MAIL FROM:<>|RCPT TO:<postmaster>|RSET|QUIT")]
    public async Task Each_depth_goes_so_far_and_takes_its_leave(ProbeDepth depth, string asked)
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.Login = ("relay", "swordfish");

        var report = await ProbeAsync(depth, Tls(HubTlsMode.Required), new HubCredentialsConfig(SaslMechanismName.Plain, "relay", "swordfish"));

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(asked.Split('|'), Hub.Commands);
        Assert.Empty(Hub.Messages);
        await Eventually.True(() => Hub.OpenConnections == 0, "it is gone");
    }

    [Theory]
    [InlineData("BANNER", "421 4.3.2 Busy", "Banner: 421 4.3.2 Busy")]
    [InlineData("BANNER", "554 5.3.2 No", "Banner: 554 5.3.2 No")]
    [InlineData("EHLO", "421 4.3.2 Busy", "Ehlo: 421 4.3.2 Busy")]
    [InlineData("MAIL", "452 4.3.1 No storage", "Mail: 452 4.3.1 No storage")]
    [InlineData("MAIL", "550 5.7.1 Not you", "Mail: 550 5.7.1 Not you")]
    [InlineData("RCPT", "451 4.4.0 No directory", "FirstRcpt: 451 4.4.0 No directory")]
    public async Task What_the_hub_refuses_is_the_reason(string where, string reply, string reason)
    {
        Hub.On(where, reply);

        var report = await ProbeAsync(ProbeDepth.Recipient, Tls(HubTlsMode.Disabled));

        Assert.False(report.Ok);
        Assert.Equal(reason, report.Reason);
        await Eventually.True(() => Hub.Commands.LastOrDefault() == "QUIT", "it leaves in good order");
    }

    [Fact]
    public async Task A_hub_without_a_postmaster_works_all_the_same()
    {
        Hub.On("RCPT", "550 5.1.1 Unknown");

        Assert.True((await ProbeAsync(ProbeDepth.Recipient, Tls(HubTlsMode.Disabled))).Ok);
    }

    [Fact]
    public async Task A_hub_that_knows_HELO_only_works()
    {
        Hub.On("EHLO", "500 What?");

        var report = await ProbeAsync(ProbeDepth.Ehlo, Tls(HubTlsMode.Disabled));

        Assert.True(report.Ok, report.Reason);
        Assert.Equal(HubCapabilities.HeloOnly, report.Capabilities);
        Assert.Equal(["EHLO relay.test", "HELO relay.test", "QUIT"], Hub.Commands);
    }

    [Theory]
    [InlineData("220 hub\r\n220 hub again\r\n", HubFault.Unsolicited)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", HubFault.Malformed)]
    public async Task What_is_no_hub_is_told_from_one(string banner, HubFault fault)
    {
        Hub.On("BANNER", HubAct.Raw(banner));

        Assert.Equal(fault, (await ProbeAsync(ProbeDepth.Ehlo, Tls(HubTlsMode.Disabled))).Fault);
        Assert.Equal(NoCommands, Hub.Commands);
    }

    [Fact]
    public async Task Silence_fails_when_the_probes_time_is_up()
    {
        Hub.On("EHLO", HubAct.Hang);

        var report = await HubProbe.RunAsync(
            Connector(Tls(HubTlsMode.Disabled)), ProbeDepth.Ehlo, TimeProvider.System, TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);

        Assert.False(report.Ok);
        Assert.Equal(HubFault.TimedOut, report.Fault);
        await Eventually.True(() => Hub.OpenConnections == 0, "it is gone");
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_refused()
    {
        var connector = Connector(Tls(HubTlsMode.Disabled));
        await Hub.DisposeAsync();

        var report = await HubProbe.RunAsync(
            connector, ProbeDepth.Ehlo, TimeProvider.System, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal(HubFault.Refused, report.Fault);
        Assert.StartsWith("Connect: ", report.Reason, StringComparison.Ordinal);
    }
}
