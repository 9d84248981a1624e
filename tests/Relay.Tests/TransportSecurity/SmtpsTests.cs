using System.Security.Authentication;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.TransportSecurity;

/// <summary>A listener of protocol SMTPS: TLS first, then the greeting.</summary>
public sealed class SmtpsTests : TlsRelays
{
    [Fact]
    public async Task The_greeting_comes_over_tls_and_STARTTLS_is_not_offered()
    {
        await using var relay = await StartAsync(Tls() with { IsRequired = true }, ListenerProtocol.SMTPS);
        using var client = await SmtpWire.ConnectAsync(relay.Address);

        await client.SecureAsync();

        AssertReply("220 relay.test", await client.ReplyAsync());
        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("503 5.5.1", await client.AskAsync("STARTTLS"));
        AssertReply("250", await client.SendMessageAsync());
        Assert.Contains("\twith ESMTPS (TLS1.3 cipher ", Hub.Messages.Single().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_words_get_no_words_back()
    {
        await using var relay = await StartAsync(Tls(), ListenerProtocol.SMTPS);
        using var client = await SmtpWire.ConnectAsync(relay.Address);

        await client.SendAsync("EHLO client.test\r\nMAIL FROM:<a@b.test>\r\n");

        Assert.DoesNotContain("2", await client.ReplyAsync(), StringComparison.Ordinal);
        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Equal(["relay_sessions_total{listener=\"smtp\",result=\"rejected\"} 1"], await MetricsAsync(relay, "relay_sessions_total{"));
    }

    [Fact]
    public async Task Who_may_not_relay_is_turned_away_without_a_handshake()
    {
        await using var relay = await StartAsync(Tls(), ListenerProtocol.SMTPS, config => config with { Access = [TestRelay.Rule("other", "10.0.0.0/8")] });
        using var client = await SmtpWire.ConnectAsync(relay.Address);

        await Assert.ThrowsAnyAsync<Exception>(() => client.SecureAsync());

        Assert.Equal(["relay_sessions_total{listener=\"smtp\",result=\"denied\"} 1"], await MetricsAsync(relay, "relay_sessions_total{"));
        Assert.Empty(await MetricsAsync(relay, "relay_tls_handshakes_total{"));
    }

    [Fact]
    public async Task Behind_a_proxy_tls_begins_after_its_header_and_the_client_is_whom_that_names()
    {
        await using var relay = await StartAsync(Tls(), ListenerProtocol.SMTPS, config => config with
        {
            Listeners = [config.Listeners[0] with { ProxyCidrs = [System.Net.IPNetwork.Parse("127.0.0.0/8")] }],
            Access = [TestRelay.Rule("behind", "10.20.0.0/16")],
        });
        using var client = await SmtpWire.ConnectAsync(relay.Address);
        await client.SendAsync("PROXY TCP4 10.20.0.7 10.0.0.25 4711 465\r\n");
        await client.SecureAsync();

        AssertReply("220", await client.ReplyAsync());
        await client.AskAsync("EHLO client.test");
        AssertReply("250", await client.SendMessageAsync());
        Assert.Contains("([10.20.0.7])", Hub.Messages.Single().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_goes_over_to_SMTPS_takes_new_sessions_so_and_keeps_the_old_ones()
    {
        await using var relay = await StartAsync(Tls());
        using var old = await relay.GreetAsync();

        await relay.ApplyAsync(config => With(config, config.Listeners[0].Tls! with { IsRequired = true }, ListenerProtocol.SMTPS));

        using var client = await SmtpWire.ConnectAsync(relay.Address);
        await client.SecureAsync(Client(versions: SslProtocols.Tls12));
        AssertReply("220", await client.ReplyAsync());
        AssertReply("530 5.7.0", await old.AskAsync("MAIL FROM:<a@b.test>"));
        await old.StartTlsAsync();
        await old.AskAsync("EHLO client.test");
        AssertReply("250", await old.SendMessageAsync());
    }
}
