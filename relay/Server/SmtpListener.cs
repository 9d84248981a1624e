using System.Net;
using System.Net.Sockets;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One listening address. Listeners come and go with the configuration while the sessions of the others go on. Plain
/// sockets, not Kestrel's transport: that reads through a pipe in small pieces and ends each connection on another thread,
/// which costs a message on a connection of its own a tenth of its CPU, and it spins while no descriptor is left.
/// </summary>
public sealed partial class SmtpListener
{
    private const int Backlog = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly SmtpConnectionHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger<SmtpListener> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>Binds; throws a <see cref="SocketException"/> where the address is taken. Who connects waits.</summary>
    public SmtpListener(IPEndPoint address, SmtpConnectionHandler handler, TimeProvider time, ILogger<SmtpListener> logger)
    {
        _handler = handler;
        _time = time;
        _logger = logger;
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.Bind(address);
            _socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }

        EndPoint = _socket.LocalEndPoint!;
    }

    /// <summary>How it is served; may change while it listens.</summary>
    public ListenerState State
    {
        get => _handler.Listener.Current;
        set => _handler.Listener.Current = value;
    }

    public EndPoint EndPoint { get; }

    /// <summary>Begins to accept.</summary>
    public void Start() => _accepting = AcceptAsync();

    /// <summary>Stops accepting and frees the address; sessions go on.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var failing = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_stopping.Token);
                failing = false;
                _ = ServeAsync(client);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // That client has gone already.
            }
            catch (Exception e)
            {
                // Out of descriptors, most likely: clients wait in the backlog until some are free.
                if (!failing)
                {
                    AcceptFailed(_logger, e, EndPoint);
                }

                failing = true;
                await Task.Delay(Pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await _handler.ServeAsync(client);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client went away before it was served.
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Error, "Accepting on {Address} fails; clients wait until it works again")]
    private static partial void AcceptFailed(ILogger logger, Exception exception, EndPoint address);
}
