using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.TransportSecurity;

/// <summary>
/// TLS towards the clients of one listener: certificates, read once, and the handshake. Immutable and thread-safe; a change
/// of the configuration makes another one, and sessions go on with what they have.
/// </summary>
public sealed class ListenerTls
{
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly ImmutableArray<SslStreamCertificateContext> _certificates;
    // Names in lower case, "*.x" among them, to the first certificate that has them.
    private readonly FrozenDictionary<string, int> _byName;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly SslProtocols _protocols;

    /// <summary>Loads the certificates; throws what PemText.IsJudgement knows where they cannot be used.</summary>
    public ListenerTls(ListenerTlsConfig config)
    {
        Config = config;
#pragma warning disable CA5398 // Which versions are spoken is the very matter.
        _protocols = config.MinVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore CA5398
        if (config.ClientCaPem.Length != 0)
        {
            _authorities.ImportFromPem(config.ClientCaPem);
        }

        // Clients with several certificates choose by the authorities that they are told.
        var trust = _authorities.Count == 0 ? null : SslCertificateTrust.CreateForX509Collection(_authorities, sendTrustInHandshake: true);
        var certificates = ImmutableArray.CreateBuilder<SslStreamCertificateContext>();
        var byName = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in config.Certificates)
        {
            var loaded = PemKeyPair.Load(pair.CertificatePem, pair.KeyPem);
            foreach (var name in CertificateNames.DnsNames(loaded.Certificate))
            {
                byName.TryAdd(name, certificates.Count);
            }

            certificates.Add(SslStreamCertificateContext.Create(loaded.Certificate, loaded.Chain, offline: true, trust));
        }

        _certificates = certificates.ToImmutable();
        _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What it was made from.</summary>
    public ListenerTlsConfig Config { get; }

    /// <summary>When the first of its certificates expires.</summary>
    public DateTimeOffset NotAfter => _certificates.Min(context => new DateTimeOffset(context.TargetCertificate.NotAfter));

    /// <summary>Mail is taken over TLS only.</summary>
    public bool IsRequired => Config.IsRequired;

    /// <summary>Which certificate a client is shown that asks for a name (RFC 6066 §3): its place, 0 where none has the name.</summary>
    public int IndexFor(string serverName)
    {
        var index = _byName.GetValueOrDefault(serverName, int.MaxValue);
        var dot = serverName.IndexOf('.', StringComparison.Ordinal);
        // RFC 9525 §6.3: a wildcard stands for one whole label, the first.
        if (dot > 0)
        {
            index = Math.Min(index, _byName.GetValueOrDefault($"*{serverName[dot..]}", int.MaxValue));
        }

        return index == int.MaxValue ? 0 : index;
    }

    /// <summary>Shakes hands over a plain stream, which stays open whatever comes of it.</summary>
    public async Task<TlsHandshake> SecureAsync(Stream plain, CancellationToken cancellationToken)
    {
        var secured = new SslStream(plain, leaveInnerStreamOpen: true);
        var names = ImmutableArray<string>.Empty;
        var fault = "";
        try
        {
#pragma warning disable CA5359 // Who is not trusted may go on as one that shows nothing: access rules decide by the names.
            await secured.AuthenticateAsServerAsync(
                (_, hello, _, _) => new(Options(hello.ServerName, (_, certificate, chain, errors) =>
                {
                    (names, fault) = Judge(certificate, chain, errors);
                    return true;
                })),
                null,
                cancellationToken);
#pragma warning restore CA5359
            var facts = new TlsFacts(secured.SslProtocol == SslProtocols.Tls13 ? "1.3" : "1.2", secured.NegotiatedCipherSuite.ToString(), names, fault);
            return new TlsHandshake(TlsOutcome.Ok, secured, facts, "");
        }
        catch (Exception e) when (e is AuthenticationException or IOException or CryptographicException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            await secured.DisposeAsync();
            var outcome = e switch
            {
                OperationCanceledException => TlsOutcome.TimedOut,
                IOException or ObjectDisposedException => TlsOutcome.Closed,
                _ => TlsOutcome.Failed,
            };
            return new TlsHandshake(outcome, null, null, outcome == TlsOutcome.TimedOut ? "took too long" : e.GetBaseException().Message);
        }
    }

    private SslServerAuthenticationOptions Options(string? serverName, RemoteCertificateValidationCallback judge)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _certificates[serverName is { Length: > 0 } ? IndexFor(serverName) : 0],
            EnabledSslProtocols = _protocols,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_authorities.Count != 0)
        {
            options.ClientCertificateRequired = true; // That is: asked for.
            options.RemoteCertificateValidationCallback = judge;
            options.CertificateChainPolicy = Policy();
        }

        return options;
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // What a stranger's certificate names is not fetched.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ApplicationPolicy.Add(ClientAuthentication);
        return policy;
    }

    private static (ImmutableArray<string> Names, string Fault) Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 shown)
        {
            return ([], "");
        }

        if (errors != SslPolicyErrors.None)
        {
            return ([], $"it is not trusted: {chain?.ChainStatus.FirstOrDefault().Status.ToString() ?? errors.ToString()}");
        }

        var names = CertificateNames.OfClient(shown);
        return (names, names.IsEmpty ? "it has no name" : "");
    }
}
