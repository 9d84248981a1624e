using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>Takes a client's connection: admission first (421, 554), then the session. Knows every session that lives.</summary>
public sealed partial class SmtpConnectionHandler(
    SessionServices services, string listener, ConcurrentDictionary<SmtpSession, byte> sessions, ILogger<SmtpConnectionHandler> logger)
{
    /// <summary>How the listener is served; changes with the configuration.</summary>
    public ServedListener Listener { get; } = new(new ListenerState(listener, ListenerProtocol.SMTP, null));

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
        var name = Listener.Current.Name;
        services.Metrics.SessionOpened(name);
        var result = "failed";
        var session = new SmtpSession(services, socket, Listener, new SessionFacts(name, address, address.ToString()));
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
            Tell(session.Tls, address);
            session.Dispose();
            ticket.Dispose();
            services.Metrics.SessionClosed(name, result);
        }
    }

    private async Task RefuseAsync(Socket socket, IPAddress address, SmtpReply reply, string result)
    {
        SessionRefused(logger, address, reply);
        services.Metrics.SessionRefused(Listener.Current.Name, result);
        // Who waits for TLS hears no words, and turning somebody away is worth no handshake.
        if (Listener.Current.Protocol == ListenerProtocol.SMTP)
        {
            await socket.SendAsync(reply.Wire, CancellationToken.None);
        }
    }

    // Checks of balancers open connections and close them again: no news.
    private void Tell(SessionTls tls, IPAddress address)
    {
        if (tls.Outcome == TlsOutcome.Closed)
        {
            HandshakeLeft(logger, address, tls.Fault);
        }
        else if (tls.Fault.Length != 0)
        {
            HandshakeFailed(logger, address, tls.Fault);
        }
        else if (tls.Facts is { CertificateFault.Length: > 0 } facts)
        {
            CertificateRefused(logger, address, facts.CertificateFault);
        }
    }

    [LoggerMessage(1003, LogLevel.Information, "Refused a connection from {Client} with: {Reply}")]
    private static partial void SessionRefused(ILogger logger, IPAddress client, SmtpReply reply);

    [LoggerMessage(1004, LogLevel.Information, "TLS with {Client} failed: {Reason}")]
    private static partial void HandshakeFailed(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "{Client} went away in its TLS handshake: {Reason}")]
    private static partial void HandshakeLeft(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1006, LogLevel.Information, "The certificate that {Client} shows does not count: {Reason}")]
    private static partial void CertificateRefused(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1001, LogLevel.Error, "A session with {Client} ended by a fault of the relay")]
    private static partial void SessionFailed(ILogger logger, Exception exception, IPAddress client);
}
