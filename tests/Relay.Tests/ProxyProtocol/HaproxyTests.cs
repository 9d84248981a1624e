using System.Net;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.ProxyProtocol;

/// <summary>HAProxy in front of a relay.</summary>
public sealed class HaproxyTests
{
    [Theory]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    public async Task It_tells_whom_it_serves_and_its_health_checks_are_answered(string option)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with
        {
            Listeners = [config.Listeners[0] with { ProxyCidrs = [IPNetwork.Parse("127.0.0.1/32")] }],
            Access = [TestRelay.Rule("client", "127.0.0.77/32")],
            HealthCheckCidrs = [IPNetwork.Parse("127.0.0.1/32")],
        });
        using var folder = new TempFolder();
        var port = FreePort.Next();
        await File.WriteAllTextAsync(
            folder.File("haproxy.cfg"),
            $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 30s
              timeout server 30s
            listen smtp
              bind 127.0.0.1:{port}
              option smtpchk EHLO check.test
              server relay 127.0.0.1:{((IPEndPoint)relay.Address).Port} {option} check check-send-proxy inter 200ms rise 1

            """,
            TestContext.Current.CancellationToken);
        await using var haproxy = ChildProcess.Start("haproxy", ["-db", "-f", folder.File("haproxy.cfg")]);
        var balancer = new IPEndPoint(IPAddress.Loopback, port);
        await Eventually.True(async () => (await GreetedAsync(balancer, "127.0.0.77")).StartsWith("220", StringComparison.Ordinal), "the relay is up for HAProxy");
        Assert.StartsWith("554 5.7.1", await GreetedAsync(balancer, "127.0.0.78"), StringComparison.Ordinal);

        using var wire = await SmtpWire.ConnectAsync(balancer, IPAddress.Parse("127.0.0.77"));
        await wire.ReplyAsync();
        await wire.AskAsync("EHLO client.test");
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
        Assert.Contains("[127.0.0.77]", Assert.Single(hub.Messages).Content, StringComparison.Ordinal);
    }

    private static async Task<string> GreetedAsync(IPEndPoint balancer, string from)
    {
        try
        {
            using var wire = await SmtpWire.ConnectAsync(balancer, IPAddress.Parse(from));
            return await wire.ReplyAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            return "";
        }
    }
}
