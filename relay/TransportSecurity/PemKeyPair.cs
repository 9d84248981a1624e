using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Relay.TransportSecurity;

/// <summary>A certificate with its key and chain, as TLS can use them.</summary>
/// <param name="Certificate">With its key.</param>
/// <param name="Chain">All certificates of the text, from which the chain is made.</param>
public sealed record PemKeyPair(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <summary>Reads both from PEM; throws what PemText.IsJudgement knows for what is none, or does not fit together.</summary>
    public static PemKeyPair Load(string certificatePem, string keyPem)
    {
        using var pair = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        // A key straight from PEM cannot be used by every TLS stack; once through PKCS #12 it can.
        var usable = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        return new PemKeyPair(usable, chain);
    }
}
