using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One listening address, whose connections Kestrel's socket transport serves. Its server and its listener are not used:
/// listeners come and go with the configuration while the sessions of the others go on, and its listener spins while the
/// process has no descriptor left.
/// </summary>
public sealed partial class SmtpListener
{
    private const int Backlog = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly SocketConnectionContextFactory _transport;
    private readonly SmtpConnectionHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger<SmtpListener> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>Binds; throws a <see cref="SocketException"/> where the address is taken. Who connects waits.</summary>
    public SmtpListener(
        SocketConnectionContextFactory transport, IPEndPoint address, SmtpConnectionHandler handler, TimeProvider time, ILogger<SmtpListener> logger)
    {
        _transport = transport;
        _handler = handler;
        _time = time;
        _logger = logger;
        _socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        try
        {
            _socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }

        EndPoint = _socket.LocalEndPoint!;
    }

    /// <summary>What the configuration calls it; may change while it listens.</summary>
    public string Name
    {
        get => _handler.Listener;
        set => _handler.Listener = value;
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
                var accepted = await _socket.AcceptAsync(_stopping.Token);
                failing = false;
                Serve(accepted);
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

    private void Serve(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            _ = ServeAsync(_transport.Create(accepted));
        }
        catch (SocketException)
        {
            // The client went away before it was served.
            accepted.Dispose();
        }
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        await using (connection)
        {
            try
            {
                await _handler.OnConnectedAsync(connection);
            }
            catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException)
            {
                // The client went away before it was served.
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Error, "Accepting on {Address} fails; clients wait until it works again")]
    private static partial void AcceptFailed(ILogger logger, Exception exception, EndPoint address);
}
