using System.Net;
using RelayOperator.TestKit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Clients that send without end. A 421 between transactions makes them connect anew; anything else is an error.</summary>
public sealed class PoolLoad : IAsyncDisposable
{
    // So that the pods that start meanwhile get a share of the processor.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly LoadClient _clients;
    private readonly Task<LoadReport> _sending;

    public PoolLoad(EndPoint vip, int sessions)
    {
        _clients = new LoadClient(vip, sessions);
        _sending = _clients.SendAsync(int.MaxValue, reconnect: true, pause: Pause, stop: _stop.Token);
    }

    /// <summary>Waits until so many more messages are acknowledged.</summary>
    public Task FlowsAsync(int messages = 100)
    {
        var mark = _clients.Acknowledged + messages;
        return Eventually.True(() => _clients.Acknowledged >= mark, $"{messages} more messages are acknowledged", 60);
    }

    public async Task<LoadReport> StopAsync()
    {
        await _stop.CancelAsync();
        return await _sending;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
