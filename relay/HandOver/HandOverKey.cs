using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// The pool's own certificate and key, which all its pods show to each other. A peer proves by it that it is one of the
/// pool: nothing else of a certificate (names, dates, who signed it) means anything here.
/// </summary>
public sealed class HandOverKey
{
    private readonly X509Certificate2 _certificate;

    private HandOverKey(string certificatePem, X509Certificate2 certificate) => (CertificatePem, _certificate) = (certificatePem, certificate);

    /// <summary>What it was made of.</summary>
    public string CertificatePem { get; }

    /// <summary>Reads it out of a configuration that was judged before.</summary>
    public static HandOverKey Of(HandOverConfig config) =>
        new(config.CertificatePem, X509Certificate2.CreateFromPem(config.CertificatePem, config.KeyPem));

    /// <summary>How a pod that leaves speaks to a peer.</summary>
    public SslClientAuthenticationOptions ClientOptions => new()
    {
        TargetHost = "",
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
        RemoteCertificateValidationCallback = IsOurs,
    };

    /// <summary>How a peer takes what comes.</summary>
    public SslServerAuthenticationOptions ServerOptions => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = IsOurs,
    };

    private bool IsOurs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(_certificate.RawData);
}
