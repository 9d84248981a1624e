using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Hubs;

/// <summary>TLS towards one hub: what is verified and what is shown, read once from its configuration.</summary>
public sealed class HubTls
{
    private readonly HubTlsConfig _config;
    private readonly string _host;
    private readonly X509Certificate2Collection _roots = [];
    private readonly SslStreamCertificateContext? _client;

    public HubTls(HubTlsConfig config, string host)
    {
        _config = config;
        _host = config.ServerName.Length != 0 ? config.ServerName : host;
        if (config.CaPem.Length != 0)
        {
            _roots.ImportFromPem(config.CaPem);
        }

        if (config.ClientCertificatePem.Length != 0)
        {
            var pair = PemKeyPair.Load(config.ClientCertificatePem, config.ClientKeyPem);
            _client = SslStreamCertificateContext.Create(pair.Certificate, pair.Chain, offline: true);
        }
    }

    /// <summary>Whether certificate and host name must hold; opportunistic TLS takes what self-signed hubs show.</summary>
    public bool Verifies => _config.Mode is HubTlsMode.Required or HubTlsMode.Implicit;

    public async ValueTask<(SslStream? Stream, string Detail)> SecureAsync(Stream plain, CancellationToken cancellationToken)
    {
        var detail = "";
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = _host,
                    ClientCertificateContext = _client,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Accepts(certificate, chain, errors, out detail),
                },
                cancellationToken);
            return (secured, $"{secured.SslProtocol} {secured.NegotiatedCipherSuite}");
        }
        catch (Exception e) when (e is System.Security.Authentication.AuthenticationException or IOException or CryptographicException or OperationCanceledException or ObjectDisposedException)
        {
            await secured.DisposeAsync();
            return (null, detail.Length != 0 ? detail : e.Message);
        }
    }

    private bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, out string detail)
    {
        detail = "";
        if (!Verifies || (errors == SslPolicyErrors.None && _roots.Count == 0))
        {
            return true;
        }

        // Who names an authority trusts that one alone.
        if (_roots.Count != 0 && certificate is X509Certificate2 leaf && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None)
        {
            using var own = new X509Chain();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(_roots);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            {
                own.ChainPolicy.ExtraStore.Add(element.Certificate);
            }

            if (own.Build(leaf))
            {
                return true;
            }

            detail = Describe(errors, own);
            return false;
        }

        detail = Describe(errors, chain);
        return false;
    }

    private string Describe(SslPolicyErrors errors, X509Chain? chain)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the certificate is not for {_host}";
        }

        var status = chain?.ChainStatus.FirstOrDefault().Status.ToString() ?? "unknown";
        return $"the certificate is not trusted: {status}";
    }
}
