using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster;

/// <summary>
/// The way into a Service, as kube-proxy is on a node: each new connection goes to one of its pods that are ready, or where
/// there is none, to one that still serves while it ends; else it is refused. What it knows of pods is a little old.
/// </summary>
public sealed class VipProxy : IAsyncDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromMilliseconds(250);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ClusterState _cluster;
    private readonly (string Space, string Name) _service;
    private readonly Task _work;
    private IPEndPoint[] _endpoints = [];
    private int _next;

    /// <param name="cluster">Where the Service's EndpointSlices are.</param>
    /// <param name="space">The Service's namespace.</param>
    /// <param name="name">The Service, which has one port.</param>
    public VipProxy(ClusterState cluster, string space, string name)
    {
        (_cluster, _service) = (cluster, (space, name));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _work = Task.WhenAll(FollowAsync(), AcceptAsync());
    }

    public IPEndPoint Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _work;
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Volatile.Write(ref _endpoints, [.. EndPoints()]);
            await Task.Delay(Age, _cluster.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<IPEndPoint> EndPoints()
    {
        var all = (from slice in _cluster.List(BuiltInKinds.EndpointSlice, _service.Space)
                   where slice.Label("kubernetes.io/service-name") == _service.Name
                   let port = (int)slice["ports"].Items().Single()["port"].Number()!.Value
                   from endpoint in slice["endpoints"].Items()
                   let address = IPAddress.Parse(endpoint["addresses"].Texts().First())
                   select (EndPoint: new IPEndPoint(address, port), Is: endpoint["conditions"])).ToList();
        var ready = all.FindAll(endpoint => endpoint.Is.At("ready").Flag() == true);
        return [.. (ready.Count > 0 ? ready : all.FindAll(IsEnding)).Select(endpoint => endpoint.EndPoint)];

        static bool IsEnding((IPEndPoint EndPoint, JsonNode? Is) endpoint) =>
            endpoint.Is.At("serving").Flag() == true && endpoint.Is.At("terminating").Flag() == true;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        while (true)
        {
            try
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                connections.Add(ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }
        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket client)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var isConnected = await ConnectAsync(server);
        if (isConnected)
        {
            await Task.WhenAll(PassAsync(client, server, broken), PassAsync(server, client, broken));
        }
        if (!isConnected || broken.IsCancellationRequested)
        {
            // What one side has broken off is broken off for the other.
            client.LingerState = server.LingerState = new LingerOption(true, 0);
        }
        client.Dispose();
    }

    private async Task<bool> ConnectAsync(Socket server)
    {
        if (Volatile.Read(ref _endpoints) is not { Length: > 0 } endpoints)
        {
            return false;
        }
        try
        {
            await server.ConnectAsync(endpoints[(uint)Interlocked.Increment(ref _next) % endpoints.Length], _stop.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task PassAsync(Socket from, Socket to, CancellationTokenSource broken)
    {
        try
        {
            var chunk = new byte[16 * 1024];
            int read;
            while ((read = await from.ReceiveAsync(chunk, SocketFlags.None, broken.Token)) > 0)
            {
                await to.SendAsync(chunk.AsMemory(0, read), SocketFlags.None, broken.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            await broken.CancelAsync();
        }
    }
}
