using System.Net.Security;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>TLS of one session: whether it is offered or missing, the handshake within its time, and what came of it.</summary>
/// <param name="services">What all sessions share.</param>
/// <param name="listener">What the client came by, as it is served now.</param>
/// <param name="name">The listener's name when the client came, for metrics.</param>
public sealed class SessionTls(SessionServices services, ServedListener listener, string name) : IDisposable
{
    // A handshake is two round trips and some reckoning.
    private const int MostSeconds = 30;

    private SslStream? _stream;

    /// <summary>What is known of the client's TLS; null in the clear.</summary>
    public TlsFacts? Facts { get; private set; }

    /// <summary>How the handshake ended; null where there was none.</summary>
    public TlsOutcome? Outcome { get; private set; }

    /// <summary>Why the handshake did not succeed; otherwise "".</summary>
    public string Fault { get; private set; } = "";

    /// <summary>The session is to begin with TLS.</summary>
    public bool ComesFirst => listener.Current is { Protocol: ListenerProtocol.SMTPS, Tls: not null };

    /// <summary>EHLO offers STARTTLS.</summary>
    public bool IsOffered => Facts is null && listener.Current.Tls is not null;

    /// <summary>The refusal of a command that may come over TLS only (RFC 3207 §4); null where it may come. A PROXY header is none, and ends the session anyway.</summary>
    public SmtpReply? RefusalOf(SmtpVerb verb) =>
        Facts is null && listener.Current.Tls is { IsRequired: true } && verb is not (SmtpVerb.Ehlo or SmtpVerb.StartTls or SmtpVerb.Noop or SmtpVerb.Quit or SmtpVerb.Proxy)
            ? Replies.TlsNeeded
            : null;

    /// <summary>The refusal of STARTTLS; null where it may begin.</summary>
    public SmtpReply? RefusalOfStart(string argument) =>
        Facts is not null ? Replies.TlsActive
        : listener.Current.Tls is null ? Replies.NoTls
        : argument.Length != 0 ? Replies.NoArgumentAllowed
        : null;

    /// <summary>Shakes hands; null where that fails: then the session is over.</summary>
    public async ValueTask<SslStream?> SecureAsync(Stream plain)
    {
        if (listener.Current.Tls is not { } tls)
        {
            return null; // It was taken out of the configuration just now.
        }

        var seconds = Math.Min(MostSeconds, services.Pool.Current.Config.Limits.IdleSeconds);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), services.Sweep.Time);
        var handshake = await tls.SecureAsync(plain, limit.Token);
        (_stream, Facts, Outcome, Fault) = (handshake.Stream, handshake.Facts, handshake.Outcome, handshake.Detail);
        services.Metrics.TlsHandshake(name, handshake.Outcome);
        if (Facts is not null)
        {
            services.Metrics.TlsSession(name, Facts);
        }

        return _stream;
    }

    public void Dispose() => _stream?.Dispose();
}
