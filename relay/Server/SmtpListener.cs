using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace RelayOperator.Relay.Server;

/// <summary>
/// One listening address on Kestrel's socket transport. The transport is used without its server, since listeners come
/// and go with the configuration while the sessions of the others go on.
/// </summary>
public sealed partial class SmtpListener(IConnectionListener transport, SmtpConnectionHandler handler, ILogger<SmtpListener> logger)
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>What the configuration calls it; may change while it listens.</summary>
    public string Name
    {
        get => handler.Listener;
        set => handler.Listener = value;
    }

    public EndPoint EndPoint => transport.EndPoint;

    /// <summary>Binds; throws an <see cref="IOException"/> or socket error where the address is taken. Who connects waits.</summary>
    public static async Task<SmtpListener> BindAsync(
        SocketTransportFactory factory, IPEndPoint address, SmtpConnectionHandler handler, ILogger<SmtpListener> logger) =>
        new(await factory.BindAsync(address), handler, logger);

    /// <summary>Begins to accept.</summary>
    public void Start() => _accepting = AcceptAsync();

    /// <summary>Stops accepting and frees the address; sessions go on.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await transport.UnbindAsync();
        await _accepting;
        await transport.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await transport.AcceptAsync(_stopping.Token) is not { } connection)
                {
                    return;
                }

                _ = ServeAsync(connection);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of descriptors, most likely: the next accept may work.
                AcceptFailed(logger, e, transport.EndPoint);
                await Task.Yield();
            }
        }
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        await using (connection)
        {
            try
            {
                await handler.OnConnectedAsync(connection);
            }
            catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException)
            {
                // The client went away before it was served.
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Error, "Accepting on {Address} failed")]
    private static partial void AcceptFailed(ILogger logger, Exception exception, EndPoint address);
}
