using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>Takes a client's connection: admission first (421, 554), then the session. Knows every session that lives.</summary>
public sealed partial class SmtpConnectionHandler(
    SessionServices services, string listener, ConcurrentDictionary<SmtpSession, byte> sessions, ILogger<SmtpConnectionHandler> logger)
{
    private volatile string _listener = listener;

    /// <summary>Name of the listener, for metrics and logs.</summary>
    public string Listener
    {
        get => _listener;
        set => _listener = value;
    }

    /// <summary>Serves a client to its end; the caller disposes of the socket.</summary>
    public async Task ServeAsync(Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint { Address: var address })
        {
            return;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (services.Pool.Current.Assignment is { Closing: true })
        {
            await RefuseAsync(socket, address, Replies.Leaving, "leaving");
            return;
        }

        switch (Admit(address, out var ticket))
        {
            case AdmissionResult.Admitted:
                await ServeAsync(socket, address, ticket!);
                break;
            case AdmissionResult.NobodyMayRelay:
                await RefuseAsync(socket, address, Replies.ClientDenied, "denied");
                break;
            case AdmissionResult.PoolFull:
                await RefuseAsync(socket, address, Replies.PoolFull, "limited");
                break;
            case AdmissionResult.RuleFull:
                await RefuseAsync(socket, address, Replies.RuleFull, "limited");
                break;
            default:
                await RefuseAsync(socket, address, Replies.ClientFull, "limited");
                break;
        }
    }

    private AdmissionResult Admit(IPAddress client, out AdmissionTicket? ticket)
    {
        var pool = services.Pool.Current;
        return services.Admission.TryAdmit(client, pool.Access, pool.Config.Limits, out ticket);
    }

    private async Task ServeAsync(Socket socket, IPAddress address, AdmissionTicket ticket)
    {
        var name = _listener;
        services.Metrics.SessionOpened(name);
        var result = "failed";
        var session = new SmtpSession(services, socket, new SessionFacts(name, address, address.ToString()));
        sessions.TryAdd(session, 0);
        try
        {
            await session.RunAsync();
            result = session.Result;
        }
        catch (Exception e)
        {
            // A bug, not a client's doing: the connection closes without a verdict, so the client keeps its mail.
            SessionFailed(logger, e, address);
        }
        finally
        {
            sessions.TryRemove(session, out _);
            session.Dispose();
            ticket.Dispose();
            services.Metrics.SessionClosed(name, result);
        }
    }

    private async Task RefuseAsync(Socket socket, IPAddress address, SmtpReply reply, string result)
    {
        SessionRefused(logger, address, reply);
        services.Metrics.SessionRefused(_listener, result);
        await socket.SendAsync(reply.Wire, CancellationToken.None);
    }

    [LoggerMessage(1003, LogLevel.Information, "Refused a connection from {Client} with: {Reply}")]
    private static partial void SessionRefused(ILogger logger, IPAddress client, SmtpReply reply);

    [LoggerMessage(1001, LogLevel.Error, "A session with {Client} ended by a fault of the relay")]
    private static partial void SessionFailed(ILogger logger, Exception exception, IPAddress client);
}
