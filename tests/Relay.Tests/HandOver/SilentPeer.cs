using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RelayOperator.Relay.HandOver;

namespace RelayOperator.Relay.Tests.HandOver;

/// <summary>A peer with the pool's key that takes messages and never answers: it closes, or where it is frozen not even that.</summary>
public sealed class SilentPeer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HandOverKey _key;
    private readonly bool _isFrozen;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private int _messages;

    public SilentPeer(HandOverKey key, bool isFrozen = false)
    {
        (_key, _isFrozen) = (key, isFrozen);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = RunAsync();
    }

    public int Port { get; }

    /// <summary>Messages that came to their end.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving); // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(_key.ServerOptions);
                await ReadAsync(tls);
            }
            catch (IOException)
            {
                // The pod has gone.
            }
        }
    }

    // The last chunk of a request is an empty one.
    private async Task ReadAsync(SslStream tls)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        while (await tls.ReadAsync(buffer.AsMemory(filled)) is > 0 and var read)
        {
            filled += read;
            if (buffer.AsSpan(0, filled).EndsWith("\r\n0\r\n\r\n"u8))
            {
                Interlocked.Increment(ref _messages);
                if (_isFrozen)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                return;
            }
        }
    }
}
