using RelayOperator.Bench.Measuring;

namespace RelayOperator.Bench.Peers;

/// <summary>Something that takes mail on a port and hands it to the hubs: the relay, or what it is compared with.</summary>
public abstract class Peer(string name, int port) : IAsyncDisposable
{
    public string Name => name;

    public int Port => port;

    /// <summary>Its processes; null where nothing stands between client and hub.</summary>
    public virtual ProcessTree? Tree => null;

    /// <summary>Waits until what it took is with the hubs; those that answer only then have nothing to wait for.</summary>
    public virtual Task DeliveredAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopAsync();
    }

    /// <summary>Ends its processes.</summary>
    protected virtual Task StopAsync() => Task.CompletedTask;
}
