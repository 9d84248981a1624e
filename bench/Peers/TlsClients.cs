using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>
/// Clients of a peer that speak TLS at once: an HAProxy in front of it, which makes a full handshake for every connection.
/// Its CPU is the clients', not the peer's.
/// </summary>
public sealed class TlsClients : Peer
{
    private readonly Peer _peer;
    private readonly Server _front;

    private TlsClients(Peer peer, int port, Server front)
        : base(peer.Name, port)
    {
        _peer = peer;
        _front = front;
    }

    public override ProcessTree? Tree => _peer.Tree;

    /// <param name="peer">What they send to; ends with them.</param>
    /// <param name="hubs">Whose authority signed the peer's certificate.</param>
    public static async Task<Peer> StartAsync(Peer peer, HubPair hubs)
    {
        var port = FreePort.Next();
        var front = await HaProxy.ServeAsync(hubs, $"clients-{port}", port, $"""
            listen clients
                bind 127.0.0.1:{port}
                server peer 127.0.0.1:{peer.Port} ssl no-ssl-reuse verify required ca-file {hubs.CaFile} verifyhost hub.bench.example

            """);
        return new TlsClients(peer, port, front);
    }

    public override Task DeliveredAsync() => _peer.DeliveredAsync();

    protected override async Task StopAsync()
    {
        await _front.DisposeAsync();
        await _peer.DisposeAsync();
    }
}
