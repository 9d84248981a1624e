using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Api.Tests;

/// <summary>Self-signed certificates with their keys, as PEM.</summary>
internal static class Certificates
{
    public static (string Certificate, string Key) One { get; } = Create();

    public static (string Certificate, string Key) Other { get; } = Create();

    /// <summary>A text of several lines as a double-quoted YAML scalar.</summary>
    public static string Quoted(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private static (string Certificate, string Key) Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ht01.corp.example", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
