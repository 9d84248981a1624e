using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

/// <summary>A filter in front of the pool tells by XCLIENT whom it speaks for.</summary>
public sealed class XclientSessionTests : IAsyncLifetime
{
    private static readonly IPAddress Filter = IPAddress.Parse("127.0.0.9");

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub], config => config with
    {
        Listeners = [config.Listeners[0] with { XclientCidrs = [IPNetwork.Parse("127.0.0.9/32")] }],
        Access = [TestRelay.Rule("clients", "10.20.0.0/16"), TestRelay.Rule("local", "127.0.0.1/32")],
    });

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task What_it_says_counts_for_access_and_is_what_the_hub_is_told()
    {
        using var wire = await _relay.ConnectAsync(Filter);
        Assert.Contains("XCLIENT NAME ADDR PORT PROTO HELO LOGIN", await wire.AskAsync("EHLO filter.test"), StringComparison.Ordinal);
        await wire.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("550 5.7.1", await wire.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        Assert.StartsWith("503 5.5.1", await wire.AskAsync("XCLIENT ADDR=10.20.0.7"), StringComparison.Ordinal);
        await wire.AskAsync("RSET");

        Assert.StartsWith("220", await wire.AskAsync("XCLIENT NAME=erp.test ADDR=10.20.0.7 PORT=4711 HELO=erp+2Etest PROTO=ESMTP"), StringComparison.Ordinal);
        Assert.StartsWith("503 5.5.1", await wire.AskAsync("MAIL FROM:<a@from.test>"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains("from erp.test ([10.20.0.7])", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);

        Assert.StartsWith("554 5.7.1", await wire.AskAsync("XCLIENT ADDR=192.0.2.1"), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
    }

    [Fact]
    public async Task What_it_said_in_the_clear_is_forgotten_with_STARTTLS()
    {
        using var authority = await SecureAsync();
        using var wire = await _relay.ConnectAsync(Filter);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("220", await wire.AskAsync("XCLIENT ADDR=10.20.0.7 HELO=erp.test"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");

        await wire.StartTlsAsync();

        await wire.AskAsync("EHLO filter.test");
        await wire.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("550 5.7.1", await wire.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        await wire.AskAsync("RSET");
        Assert.StartsWith("220", await wire.AskAsync("XCLIENT ADDR=10.20.0.7"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains("from filter.test ([10.20.0.7])", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_of_who_introduces_counts_for_itself_alone()
    {
        using var authority = await SecureAsync("filter.test");
        using var certificate = authority.Issue("filter.test");
        using var wire = await _relay.ConnectAsync(Filter);
        await wire.AskAsync("EHLO filter.test");
        await wire.StartTlsAsync(new() { TargetHost = "relay.test", LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate, ClientCertificates = [certificate] });
        await wire.AskAsync("EHLO filter.test");
        await wire.AskAsync("XCLIENT ADDR=10.20.0.7");
        await wire.AskAsync("EHLO filter.test");

        Assert.StartsWith("530 5.7.0", await wire.AskAsync("MAIL FROM:<a@from.test>"), StringComparison.Ordinal);
    }

    // TLS on the listener; the rule of the clients takes these certificates alone.
    private async Task<TestAuthority> SecureAsync(params string[] names)
    {
        var authority = new TestAuthority();
        var (certificate, key) = authority.IssuePem("relay.test");
        await _relay.ApplyAsync(config => config with
        {
            Listeners = [config.Listeners[0] with { Tls = new ListenerTlsConfig(IsRequired: false, TlsVersion.Tls12, [new KeyPairConfig(certificate, key)], authority.Pem) }],
            Access = [config.Access[0] with { ClientCertificates = [.. names] }, config.Access[1]],
        });
        return authority;
    }

    [Fact]
    public async Task Nobody_else_is_offered_it_or_may_use_it()
    {
        using var wire = await _relay.ConnectAsync(IPAddress.Loopback);
        Assert.DoesNotContain("XCLIENT", await wire.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.0", await wire.AskAsync("XCLIENT ADDR=10.20.0.7"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains("[127.0.0.1]", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_nobody_knows_may_relay_nothing()
    {
        using var wire = await _relay.ConnectAsync(Filter);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("220", await wire.AskAsync("XCLIENT ADDR=[UNAVAILABLE]"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");
        await wire.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("550 5.7.1", await wire.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_authenticated_with_it_counts_as_that_user_until_it_speaks_for_another_one()
    {
        await _relay.ApplyAsync(config => config with { Access = [config.Access[0] with { RequireAuth = true }] });
        using var wire = await _relay.ConnectAsync(Filter);
        Assert.StartsWith("220", await wire.AskAsync("XCLIENT ADDR=10.20.0.7 LOGIN=app@corp.example"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains("\twith ESMTPA id ", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);

        Assert.StartsWith("220", await wire.AskAsync("XCLIENT ADDR=10.20.0.8"), StringComparison.Ordinal);
        await wire.AskAsync("EHLO filter.test");
        Assert.StartsWith("530 5.7.0", await wire.SendMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ADDR=10.20.0.7", "10.20.0.7")]
    [InlineData("addr=IPV6:fd00::7", "fd00::7")]
    [InlineData("ADDR=IPv6:::ffff:10.20.0.7", "10.20.0.7")]
    [InlineData("ADDR=10.20.0.7 HELO=[TEMPUNAVAIL]", "10.20.0.7")]
    [InlineData("ADDR=10.20.0.7 LOGIN=app@corp.example", "10.20.0.7")]
    [InlineData("ADDR=10.20.0.7 LOGIN=[UNAVAILABLE]", "10.20.0.7")]
    [InlineData("ADDR=10.20.0.7 LOGIN=", "10.20.0.7")]
    [InlineData("ADDR=10.20.0.7 LOGIN=a+20result", null)]
    [InlineData("ADDR=", null)]
    [InlineData("ADDR", null)]
    [InlineData("", null)]
    [InlineData("ADDR=10.20.7", null)]
    [InlineData("ADDR=010.20.0.7", null)]
    [InlineData("ADDR=fe80::1%1", null)]
    [InlineData("ADDR=10.20.0.7 ADDRESS=x", null)]
    [InlineData("ADDR=10.20.0.7 HELO=a+0D+0Ab", null)]
    public void Its_attributes_are_read_strictly(string argument, string? client)
    {
        Assert.Equal(client is not null, XclientCommand.TryParse(argument, out var command));
        Assert.Equal(client, command?.Client?.ToString());
    }
}
