using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Relay.Sink;

/// <summary>The certificate a sink shows: from a PEM file with certificate and key, or a self-signed one made for the occasion.</summary>
public static class SinkCertificate
{
    public static X509Certificate2 Load(FileInfo pem) => X509Certificate2.CreateFromPemFile(pem.FullName);

    /// <summary>Valid for localhost and the address that is listened on, for 30 days.</summary>
    public static X509Certificate2 SelfSigned(IPAddress address, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=relay sink", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        var now = time.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(30));
    }
}
