using System.Net.Security;
using System.Net.Sockets;
using RelayOperator.Relay.HandOver;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.HandOver;

/// <summary>A peer with the pool's key that takes messages and never answers: it closes, or where it is frozen not even that.</summary>
public sealed class SilentPeer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly HandOverKey _key;
    private readonly bool _isFrozen;
    private int _messages;

    public SilentPeer(HandOverKey key, bool isFrozen = false)
    {
        (_key, _isFrozen) = (key, isFrozen);
        _server = new LoopbackServer(TakeAsync);
    }

    public int Port => _server.Port;

    /// <summary>Messages that came to their end.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // The last chunk of a request is an empty one.
    private async Task TakeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(_key.ServerOptions, cancellationToken);
        var buffer = new byte[64 * 1024];
        var filled = 0;
        while (await tls.ReadAsync(buffer.AsMemory(filled), cancellationToken) is > 0 and var read)
        {
            filled += read;
            if (buffer.AsSpan(0, filled).EndsWith("\r\n0\r\n\r\n"u8))
            {
                Interlocked.Increment(ref _messages);
                if (!_isFrozen)
                {
                    return;
                }
            }
        }
    }
}
