using System.Net;
using System.Net.Sockets;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class VipProxyTests : ClusterFixture
{
    private readonly Dictionary<string, TcpListener> _pods = new(StringComparer.Ordinal);

    // The same port on each, as pods have it.
    private readonly int _port = FreePort.Next();
    private int _broken;

    public override async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods.Values)
        {
            pod.Dispose();
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task Connections_go_to_the_ready_pods_in_turn_and_bytes_pass_both_ways()
    {
        await SliceAsync(Pod("127.0.0.2", ready: true), Pod("127.0.0.3", ready: true), Pod("127.0.0.4", ready: false), Pod("127.0.0.5", ready: false, terminating: true));
        await using var vip = new VipProxy(Server.Cluster, Space, "corp");

        var served = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            served.Add(await ServeAsync(vip));
        }

        Assert.Equal(["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3"], served.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task With_no_pod_ready_those_that_end_serve_and_with_none_at_all_nobody_does()
    {
        await SliceAsync(Pod("127.0.0.2", ready: false), Pod("127.0.0.3", ready: false, terminating: true));
        await using var vip = new VipProxy(Server.Cluster, Space, "corp");
        Assert.Equal("127.0.0.3", await ServeAsync(vip));

        await SliceAsync(Pod("127.0.0.2", ready: false));
        await Eventually.True(() => IsRefusedAsync(vip), "nobody serves");
    }

    [Fact]
    public async Task What_one_side_breaks_off_is_broken_off_for_the_other()
    {
        await SliceAsync(Pod("127.0.0.2", ready: true));
        await using var vip = new VipProxy(Server.Cluster, Space, "corp");
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(vip.Address);
        await client.SendAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));

        client.LingerState = new LingerOption(true, 0);
        client.Close();

        await Eventually.True(() => Volatile.Read(ref _broken) == 1, "the pod sees it");
    }

    private string Pod(string address, bool ready, bool terminating = false)
    {
        if (!_pods.ContainsKey(address))
        {
            _pods[address] = new TcpListener(IPAddress.Parse(address), _port);
            _pods[address].Start();
            _ = AnswerAsync(_pods[address]);
        }

        var flag = (bool value) => value ? "true" : "false";
        return $"{{ addresses: [{address}], conditions: {{ ready: {flag(ready)}, serving: {flag(ready || terminating)}, terminating: {flag(terminating)} }} }}";
    }

    private Task SliceAsync(params string[] endpoints) => Server.InstallAsync(
        $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: { name: corp-1, labels: { kubernetes.io/service-name: corp } }
        addressType: IPv4
        ports: [{ name: smtp, port: {{_port}}, protocol: TCP }]
        endpoints: [{{string.Join(", ", endpoints)}}]
        """,
        Space);

    // The pod that a new connection reaches.
    private static async Task<string> ServeAsync(VipProxy vip)
    {
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(vip.Address);
        var octet = new byte[1];
        await client.SendAsync(octet);
        Assert.Equal(1, await client.ReceiveAsync(octet));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
        return $"127.0.0.{octet[0]}";
    }

    // A pod answers every octet with the last one of its address, and ends when the client ends.
    private async Task AnswerAsync(TcpListener pod)
    {
        try
        {
            while (true)
            {
                using var connection = await pod.AcceptSocketAsync();
                await AnswerAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        var octet = new byte[1];
        try
        {
            while (await connection.ReceiveAsync(octet) > 0)
            {
                octet[0] = ((IPEndPoint)connection.LocalEndPoint!).Address.GetAddressBytes()[3];
                await connection.SendAsync(octet);
            }
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _broken);
        }
    }

    private static async Task<bool> IsRefusedAsync(VipProxy vip)
    {
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(vip.Address);
            await client.SendAsync(new byte[1]);
            return await client.ReceiveAsync(new byte[1]) < 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
