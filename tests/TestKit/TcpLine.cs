using System.Net;
using System.Net.Sockets;

namespace RelayOperator.TestKit;

/// <summary>The line between a client and a server, which can fall silent, be cut, or lose an answer.</summary>
public sealed class TcpLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly Task _running;
    private TaskCompletionSource _open = Opened();
    private byte[]? _cutBehind;

    public TcpLine(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = RunAsync();
    }

    public int Port { get; }

    /// <summary>Nothing gets through, either way, and nothing is closed.</summary>
    public void Silence() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that was held up gets through.</summary>
    public void Restore() => _open.TrySetResult();

    /// <summary>Closes all connections; new ones can be made.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
            {
                socket.Close(0);
            }

            _sockets.Clear();
        }
    }

    /// <summary>The next thing from a client with these octets in it reaches the server; its answer is lost, with the connection.</summary>
    public void LoseAnswerTo(ReadOnlySpan<byte> octets) => _cutBehind = octets.ToArray();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        Restore();
        Cut();
        await _running;
        _ending.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private async Task RunAsync()
    {
        List<Task> pairs = [];
        try
        {
            while (true)
            {
                pairs.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(pairs);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            lock (_lock)
            {
                _sockets.Add(client);
                _sockets.Add(server);
            }

            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
                var loses = new StrongBox();
                await Task.WhenAny(PassAsync(client, server, loses, isAnswer: false), PassAsync(server, client, loses, isAnswer: true));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the two has gone, or the test is over.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, StrongBox loses, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is var count and > 0)
            {
                await _open.Task.WaitAsync(_ending.Token);
                if (isAnswer && loses.Value)
                {
                    return;
                }

                if (!isAnswer && _cutBehind is { } octets && buffer.AsSpan(0, count).IndexOf(octets) >= 0)
                {
                    (_cutBehind, loses.Value) = (null, true);
                }

                await to.SendAsync(buffer.AsMemory(0, count), _ending.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // As above.
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
