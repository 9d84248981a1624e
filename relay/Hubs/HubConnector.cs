using System.Net;
using System.Net.Sockets;
using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Hubs;

/// <summary>Opens connections to one hub, up to where MAIL may come: banner, EHLO, TLS, AUTH.</summary>
public sealed class HubConnector
{
    // A token endpoint is given up much sooner.
    private static readonly TimeSpan TokenPatience = TimeSpan.FromMinutes(1);

    private readonly DeadlineSweep _sweep;
    private readonly HubTimeouts _timeouts;
    private readonly EndPoint _endPoint;
    private readonly HubTls _tls;
    private readonly AccessTokens _tokens;

    public HubConnector(HubConfig config, EndPoint endPoint, string heloName, DeadlineSweep sweep, HubTimeouts timeouts, AccessTokens tokens)
    {
        Config = config;
        _endPoint = endPoint;
        HeloName = heloName;
        _sweep = sweep;
        _timeouts = timeouts;
        _tokens = tokens;
        _tls = new HubTls(config.Tls, config.Host);
    }

    public HubConfig Config { get; }

    /// <summary>How the relay names itself to the hub.</summary>
    public string HeloName { get; }

    /// <param name="depth">How far to go: a probe may stop early, traffic needs everything.</param>
    /// <param name="notAfter">When to give up at the latest, as a timestamp; <see cref="long.MaxValue"/> for no such end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<HubConnectResult> ConnectAsync(ProbeDepth depth, long notAfter, CancellationToken cancellationToken)
    {
        var result = await OpenAsync(depth, allowTls: true, notAfter, cancellationToken);
        // Better in the clear than not at all is what Opportunistic means.
        return result is { Connection: null, Phase: HubPhase.Tls } && Config.Tls.Mode == HubTlsMode.Opportunistic
            ? await OpenAsync(depth, allowTls: false, notAfter, cancellationToken)
            : result;
    }

    private async ValueTask<HubConnectResult> OpenAsync(
        ProbeDepth depth, bool allowTls, long notAfter, CancellationToken cancellationToken)
    {
        var (socket, fault, detail) = await OpenSocketAsync(notAfter, cancellationToken);
        if (socket is null)
        {
            return new(null, HubPhase.Connect, fault, detail);
        }

        var connection = new HubConnection(socket, new NetworkStream(socket, ownsSocket: true), _sweep, _timeouts) { NotAfter = notAfter };
        HubConnectResult result = default;
        try
        {
            result = await GreetAsync(connection, depth, allowTls, notAfter, cancellationToken);
            return result;
        }
        finally
        {
            // Whoever refused in good order is left in good order; what failed or took too long is given up.
            if (result is { Connection: null } && (result.Answer.HasReply || result.Answer.Fault is HubFault.TlsNotOffered or HubFault.AuthFailed))
            {
                _ = connection.QuitAsync(CancellationToken.None);
            }
            else if (result.Connection is null)
            {
                connection.Dispose();
            }
        }
    }

    private async ValueTask<(Socket? Socket, HubFault Fault, string Detail)> OpenSocketAsync(long notAfter, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        using var limit = new CancellationTokenSource(Within(_timeouts.Connect, notAfter), _sweep.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_endPoint, linked.Token);
            return (socket, HubFault.None, "");
        }
        catch (OperationCanceledException)
        {
            socket!.Dispose();
            return (null, HubFault.TimedOut, $"no answer from {_endPoint}");
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            var fault = e.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => HubFault.Unresolvable,
                SocketError.TimedOut => HubFault.TimedOut,
                SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => HubFault.NoResources,
                _ => HubFault.Refused,
            };
            return (null, fault, $"{_endPoint}: {e.SocketErrorCode}");
        }
    }

    private async ValueTask<HubConnectResult> GreetAsync(
        HubConnection connection, ProbeDepth depth, bool allowTls, long notAfter, CancellationToken cancellationToken)
    {
        if (Config.Tls.Mode == HubTlsMode.Implicit && await SecureAsync(connection, notAfter, cancellationToken) is { } noTls)
        {
            return noTls;
        }

        var banner = await connection.ReadReplyAsync(HubPhase.Banner, cancellationToken);
        if (banner is not { Reply.IsPositive: true })
        {
            return new(null, HubPhase.Banner, banner, "");
        }

        if (connection.HasBufferedInput)
        {
            return new(null, HubPhase.Banner, HubFault.Unsolicited, "more than a banner");
        }

        if (depth == ProbeDepth.Connect)
        {
            return new(connection, HubPhase.Banner, banner, "");
        }

        if (await EhloAsync(connection, cancellationToken) is { } noEhlo)
        {
            return noEhlo;
        }

        if (depth != ProbeDepth.Ehlo && await StartTlsAsync(connection, allowTls, notAfter, cancellationToken) is { } noStartTls)
        {
            return noStartTls;
        }

        if (depth >= ProbeDepth.Auth && Config.Credentials is { } credentials
            && await LogInAsync(connection, credentials, notAfter, cancellationToken) is { } noLogin)
        {
            return noLogin;
        }

        return new(connection, HubPhase.Ehlo, default, "");
    }

    private async ValueTask<HubConnectResult?> LogInAsync(
        HubConnection connection, HubCredentialsConfig credentials, long notAfter, CancellationToken cancellationToken)
    {
        if (connection.TlsDescription.Length == 0)
        {
            return new(null, HubPhase.Auth, HubFault.TlsNotOffered, "");
        }

        if (credentials.Oauth2 is not { } oauth2)
        {
            var login = await HubLogin.LogInAsync(connection, credentials, Config.Host, cancellationToken);
            return login is { Reply.IsPositive: true } ? null : new(null, HubPhase.Auth, login, "");
        }

        if (!connection.Capabilities.AuthMechanisms.Contains(HubLogin.XOAuth2))
        {
            return new(null, HubPhase.Auth, HubFault.AuthFailed, $"no {HubLogin.XOAuth2}");
        }

        var answer = await _tokens.GetAsync(oauth2, Within(TokenPatience, notAfter), cancellationToken);
        if (answer?.Token is not { } token)
        {
            // Whoever had no more time to wait knows nothing against the hub.
            return answer is null
                ? new(null, HubPhase.Auth, HubFault.Abandoned, $"no token from {new Uri(oauth2.TokenUrl).Host} in the time left")
                : new(null, HubPhase.Auth, HubFault.AuthFailed, answer.Fault);
        }

        var bearer = credentials with { Mechanism = SaslMechanismName.XOAuth2, Password = token };
        var verdict = await HubLogin.LogInAsync(connection, bearer, Config.Host, cancellationToken);
        if (verdict is { Reply.IsPositive: true })
        {
            return null;
        }

        if (verdict is { Reply.Code: 535 })
        {
            _tokens.Refused(oauth2, token);
        }

        return new(null, HubPhase.Auth, verdict, "");
    }

    private async ValueTask<HubConnectResult?> EhloAsync(HubConnection connection, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(connection, $"EHLO {HeloName}\r\n", HubPhase.Ehlo, cancellationToken);
        if (answer is { Reply.IsPositive: true })
        {
            connection.Capabilities = HubCapabilities.Parse(answer.Reply);
            return null;
        }

        // RFC 5321 §3.2: a server that does not know EHLO is asked with HELO.
        if (answer is { Reply.IsPermanent: true })
        {
            answer = await AskAsync(connection, $"HELO {HeloName}\r\n", HubPhase.Ehlo, cancellationToken);
            if (answer is { Reply.IsPositive: true })
            {
                connection.Capabilities = HubCapabilities.HeloOnly;
                return null;
            }
        }

        return new(null, HubPhase.Ehlo, answer, "");
    }

    private async ValueTask<HubConnectResult?> StartTlsAsync(
        HubConnection connection, bool allowTls, long notAfter, CancellationToken cancellationToken)
    {
        var mode = Config.Tls.Mode;
        if (mode is HubTlsMode.Disabled or HubTlsMode.Implicit || (mode == HubTlsMode.Opportunistic && !allowTls))
        {
            return null;
        }

        if (!connection.Capabilities.Has(HubExtensions.StartTls))
        {
            return mode == HubTlsMode.Required ? new(null, HubPhase.Tls, HubFault.TlsNotOffered, "no STARTTLS") : null;
        }

        var answer = await AskAsync(connection, "STARTTLS\r\n", HubPhase.Tls, cancellationToken);
        if (answer is not { Reply.IsPositive: true })
        {
            return new(null, HubPhase.Tls, answer, "");
        }

        // CVE-2011-0411 seen from the client: what came before the handshake may be anybody's.
        if (connection.HasBufferedInput)
        {
            return new(null, HubPhase.Tls, HubFault.Unsolicited, "more than the answer to STARTTLS");
        }

        return await SecureAsync(connection, notAfter, cancellationToken) ?? await EhloAsync(connection, cancellationToken);
    }

    private async ValueTask<HubConnectResult?> SecureAsync(HubConnection connection, long notAfter, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Within(_timeouts.Greeting, notAfter), _sweep.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var (stream, detail) = await _tls.SecureAsync(connection.Stream, linked.Token);
        if (stream is null)
        {
            return new(null, HubPhase.Tls, HubFault.TlsFailed, detail);
        }

        connection.Secure(stream, detail);
        return null;
    }

    private TimeSpan Within(TimeSpan limit, long notAfter)
    {
        var now = _sweep.Time.GetTimestamp();
        var left = notAfter <= now ? TimeSpan.Zero : _sweep.Time.GetElapsedTime(now, notAfter);
        return left < limit ? left : limit;
    }

    private static async ValueTask<HubAnswer> AskAsync(HubConnection connection, string line, HubPhase phase, CancellationToken cancellationToken)
    {
        var fault = await connection.WriteAsync(Encoding.ASCII.GetBytes(line), cancellationToken);
        return fault == HubFault.None ? await connection.ReadReplyAsync(phase, cancellationToken) : fault;
    }
}
