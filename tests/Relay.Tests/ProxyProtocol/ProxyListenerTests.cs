using System.Net;
using System.Net.Sockets;
using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.ProxyProtocol;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.ProxyProtocol;

/// <summary>A listener behind proxies: what they say of their clients is what counts.</summary>
public sealed class ProxyListenerTests : IAsyncLifetime
{
    private static readonly IPAddress Proxy = IPAddress.Parse("127.0.0.9");

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub], Behind);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("PROXY TCP4 10.20.0.7 10.0.0.25 56324 25\r\n", "10.20.0.7")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0F\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19\x04\0\0", "10.20.0.7")]
    [InlineData("PROXY TCP6 fd00::7 fd00::25 56324 25\r\n", "IPv6:fd00::7")]
    public async Task The_address_in_the_header_decides_and_is_what_the_hub_is_told(string header, string client)
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
        await wire.SendAsync($"{header}EHLO client.test\r\n");
        Assert.StartsWith("220", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains($"[{client}]", Assert.Single(_hub.Messages).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_no_rule_covers_is_denied_even_if_its_proxy_is_covered()
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
        await wire.SendAsync("PROXY TCP4 192.0.2.1 10.0.0.25 1 25\r\n");
        Assert.StartsWith("554 5.7.1", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\0\0\0")]
    public async Task A_proxy_that_tells_nobody_is_greeted_and_may_relay_nothing(string header)
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
        await wire.SendAsync(header);
        Assert.StartsWith("220", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("EHLO check"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("MAIL FROM:<a@from.test>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1", await wire.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        Assert.StartsWith("221", await wire.AskAsync("QUIT"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_no_proxy_is_turned_away_whatever_it_says()
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, IPAddress.Parse("127.0.0.1"));
        await wire.SendAsync("PROXY TCP4 10.20.0.7 10.0.0.25 1 25\r\n");
        Assert.StartsWith("554 5.7.1 Only proxies", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
        await CountsAsync(1);
    }

    [Theory]
    [InlineData("EHLO client.test\r\n")]
    [InlineData("PROXY TCP4 10.20.0.7\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0C............")]
    public async Task A_proxy_without_a_good_header_is_turned_away_and_logged(string sent)
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
        await wire.SendAsync(sent);
        Assert.True(await wire.EndsAsync());
        await CountsAsync(1);
    }

    [Fact]
    public async Task Limits_for_each_client_count_the_client_and_not_the_proxy()
    {
        await _relay.ApplyAsync(config => config with { Limits = config.Limits with { MaxConnectionsPerClient = 1 } });
        using var first = await AskForAsync("10.20.0.7");
        using var second = await AskForAsync("10.20.0.8");
        using var third = await AskForAsync("10.20.0.7");
        Assert.StartsWith("220", await first.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("220", await second.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("421 4.7.0", await third.ReplyAsync(), StringComparison.Ordinal);

        async Task<SmtpWire> AskForAsync(string client)
        {
            var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
            await wire.SendAsync($"PROXY TCP4 {client} 10.0.0.25 1 25\r\n");
            return wire;
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 10.20.0.7 10.0.0.25 1 25\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19")]
    public async Task Elsewhere_a_header_ends_the_session(string header)
    {
        await _relay.ApplyAsync(config => config with { Listeners = [config.Listeners[0] with { ProxyCidrs = [] }], Access = [TestRelay.Rule("all", "127.0.0.0/8")] });
        using var wire = await SmtpWire.ConnectAsync(_relay.Address, Proxy);
        Assert.StartsWith("220", await wire.ReplyAsync(), StringComparison.Ordinal);
        await wire.SendAsync($"{header}EHLO client.test\r\nMAIL FROM:<a@from.test>\r\n");
        Assert.StartsWith("554 5.7.1 No PROXY header", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
    }

    [Theory]
    [InlineData("PROXY TCP4 10.20.0.7 10.0.0.25 56324 25\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0F\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19\x04\0\0")]
    public async Task Split_at_every_octet_it_is_read_and_nothing_behind_it_is_taken(string header)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var octets = Encoding.Latin1.GetBytes($"{header}behind");
        for (var at = 1; at <= octets.Length; at++)
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            using var socket = await listener.AcceptSocketAsync();
            await client.GetStream().WriteAsync(octets.AsMemory(0, at));
            var reading = ProxyReader.ReadAsync(socket, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(octets.AsMemory(at));
            var (read, _) = await reading;
            Assert.Equal(IPAddress.Parse("10.20.0.7"), read!.Value.Client);
            var rest = new byte[6];
            await new NetworkStream(socket).ReadExactlyAsync(rest);
            Assert.Equal("behind", Encoding.Latin1.GetString(rest));
        }
    }

    [Fact]
    public async Task A_header_that_does_not_come_is_not_waited_for_beyond_its_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var socket = await listener.AcceptSocketAsync();
        await client.GetStream().WriteAsync("PROXY TCP4 10.20"u8.ToArray());
        using var patience = new CancellationTokenSource();
        var reading = ProxyReader.ReadAsync(socket, patience.Token).AsTask();
        await patience.CancelAsync();
        Assert.Equal((null, "its PROXY header did not come in time"), await reading);
    }

    private static PoolConfig Behind(PoolConfig config) => config with
    {
        Listeners = [config.Listeners[0] with { ProxyCidrs = [IPNetwork.Parse("127.0.0.9/32")] }],
        Access = [TestRelay.Rule("clients", "10.20.0.0/16"), TestRelay.Rule("six", "fd00::/8"), TestRelay.Rule("proxies", "127.0.0.0/8")],
    };

    private Task CountsAsync(int turnedAway) => Eventually.True(
        async () => (await new RelayAdmin(IPEndPoint.Parse(new Uri(_relay.Host.AdminAddress).Authority)).GetAsync("metrics"))
            .Contains($"relay_sessions_total{{listener=\"smtp\",result=\"unproxied\"}} {turnedAway}\n", StringComparison.Ordinal),
        "it is counted");
}
