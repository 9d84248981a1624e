using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>XCLIENT: a hub that trusts the relay is told whom it serves, once per client on a connection.</summary>
public sealed class XclientTests : IAsyncLifetime
{
    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync()
    {
        _hub.Extensions = ["PIPELINING", "8BITMIME", "XCLIENT NAME ADDR PROTO HELO"];
        _relay = await TestRelay.StartAsync([_hub], config => config with
        {
            Hubs = [config.Hubs[0] with { SendXclient = true }],
        });
        await Eventually.True(() => _hub.Commands.LastOrDefault() == "QUIT", "the first probe is through");
        _hub.Commands.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task The_hub_learns_address_and_name_of_the_client_and_is_greeted_anew()
    {
        using var client = await _relay.GreetAsync();
        Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);

        Assert.Equal(
            ["EHLO relay.test", "XCLIENT ADDR=127.0.0.1 NAME=[UNAVAILABLE] HELO=client.test PROTO=ESMTP", "EHLO relay.test", "MAIL FROM:<a@b.test>"],
            _hub.Commands.Take(4));
    }

    [Fact]
    public async Task Of_a_client_over_tls_the_hub_hears_a_protocol_that_it_knows()
    {
        using var authority = new TestAuthority();
        var (certificate, key) = authority.IssuePem("relay.test");
        await _relay.ApplyAsync(config => config with
        {
            Listeners = [config.Listeners[0] with { Tls = new ListenerTlsConfig(IsRequired: true, TlsVersion.Tls12, [new KeyPairConfig(certificate, key)], "") }],
        });
        using var client = await _relay.GreetAsync();
        await client.StartTlsAsync();
        await client.AskAsync("EHLO client.test");
        Assert.StartsWith("250", await client.SendMessageAsync(), StringComparison.Ordinal);

        Assert.Contains("XCLIENT ADDR=127.0.0.1 NAME=[UNAVAILABLE] HELO=client.test PROTO=ESMTP", _hub.Commands);
    }

    [Fact]
    public async Task The_same_client_is_introduced_once_and_another_one_again()
    {
        using (var client = await _relay.GreetAsync())
        {
            await client.SendMessageAsync();
            await client.SendMessageAsync();
        }

        using (var other = await _relay.ConnectAsync())
        {
            await other.AskAsync("HELO a+b=c");
            await other.SendMessageAsync();
        }

        Assert.Equal(
            ["XCLIENT ADDR=127.0.0.1 NAME=[UNAVAILABLE] HELO=client.test PROTO=ESMTP", "XCLIENT ADDR=127.0.0.1 NAME=[UNAVAILABLE] HELO=a+2Bb+3Dc PROTO=SMTP"],
            _hub.Commands.Where(line => line.StartsWith("XCLIENT", StringComparison.Ordinal)));
        Assert.Equal(3, _hub.Messages.Count);
    }

    [Fact]
    public async Task A_hub_that_refuses_the_introduction_gets_no_mail_under_another_name()
    {
        _hub.On("XCLIENT", "550 5.7.0 You may not");
        using var client = await _relay.GreetAsync();

        Assert.StartsWith("451", await client.SendMessageAsync(), StringComparison.Ordinal);

        Assert.Empty(_hub.Messages);
        Assert.DoesNotContain(_hub.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }
}
