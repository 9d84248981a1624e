using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.ProxyProtocol;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>Takes a client's connection: whom a proxy speaks for, admission (421, 554), then the session. Knows every session that lives.</summary>
public sealed partial class SmtpConnectionHandler(
    SessionServices services, string listener, ConcurrentDictionary<SmtpSession, byte> sessions, ILogger<SmtpConnectionHandler> logger)
{
    // A proxy sends its header at once.
    private static readonly TimeSpan HeaderPatience = TimeSpan.FromSeconds(5);

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

        if (await IdentifyAsync(socket, address) is not { } facts)
        {
            return;
        }

        var pool = services.Pool.Current;
        using var place = new ClientPlace(services.Admission);
        if (pool.Access.IsHidden(facts.Client))
        {
            services.Metrics.SessionHidden(facts.Listener);
            services.HiddenClients.Note(facts.Client);
        }

        var mayLackRule = facts.IsUnknown || Listener.Current.Introducers.Hold(facts.Client) || pool.Config.HealthCheckCidrs.Hold(facts.Client);
        var result = services.Connections.TryTake(facts.Client, pool.Config.Limits.ConnectionsPerMinute)
            ? place.Take(facts.Client, pool.RuleOf(facts), mayLackRule, pool.Config.Limits)
            : AdmissionResult.ClientTooOften;
        if (result == AdmissionResult.Admitted)
        {
            await ServeAsync(socket, facts, place);
        }
        else
        {
            await RefuseAsync(socket, facts.Client, result.Refusal(), result == AdmissionResult.NobodyMayRelay ? "denied" : "limited");
        }
    }

    // Who the client is: where proxies are in front, whom they speak for. Null where nobody is served.
    private async ValueTask<SessionFacts?> IdentifyAsync(Socket socket, IPAddress address)
    {
        var served = Listener.Current;
        if (served.Proxies.IsEmpty)
        {
            return new SessionFacts(served.Name, address, address.ToString());
        }

        if (!served.Proxies.Hold(address))
        {
            await RefuseAsync(socket, address, Replies.ProxyDenied, "unproxied");
            return null;
        }

        using var patience = new CancellationTokenSource(HeaderPatience, services.Sweep.Time);
        var (header, fault) = await ProxyReader.ReadAsync(socket, patience.Token);
        if (header is not { } read)
        {
            HeaderMissing(logger, address, fault);
            services.Metrics.SessionRefused(served.Name, "unproxied");
            return null;
        }

        var client = read.Client ?? address;
        return new SessionFacts(served.Name, client, client.ToString()) { IsUnknown = read.Client is null };
    }

    private async Task ServeAsync(Socket socket, SessionFacts facts, ClientPlace place)
    {
        var (name, address) = (facts.Listener, facts.Client);
        services.Metrics.SessionOpened(name);
        var result = "failed";
        var session = new SmtpSession(services, socket, Listener, facts, place, logger);
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

    [LoggerMessage(1007, LogLevel.Warning, "Proxy {Proxy}: {Fault}")]
    private static partial void HeaderMissing(ILogger logger, IPAddress proxy, string fault);

    [LoggerMessage(1004, LogLevel.Information, "TLS with {Client} failed: {Reason}")]
    private static partial void HandshakeFailed(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "{Client} went away in its TLS handshake: {Reason}")]
    private static partial void HandshakeLeft(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1006, LogLevel.Information, "The certificate that {Client} shows does not count: {Reason}")]
    private static partial void CertificateRefused(ILogger logger, IPAddress client, string reason);

    [LoggerMessage(1001, LogLevel.Error, "A session with {Client} ended by a fault of the relay")]
    private static partial void SessionFailed(ILogger logger, Exception exception, IPAddress client);
}
