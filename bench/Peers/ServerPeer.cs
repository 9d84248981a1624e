using RelayOperator.Bench.Measuring;

namespace RelayOperator.Bench.Peers;

/// <summary>A peer that is one process and its children, and answers only when the hub has.</summary>
public sealed class ServerPeer(string name, int port, Server server) : Peer(name, port)
{
    public override ProcessTree Tree => server.Tree;

    protected override Task StopAsync() => server.DisposeAsync().AsTask();
}
