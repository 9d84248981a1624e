using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.TestKit;

/// <summary>A certificate authority of a test's own, and what it signs.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _root;

    /// <param name="name">Its common name.</param>
    /// <param name="parent">Who signs it; null for itself.</param>
    public TestAuthority(string name = "Test Authority", TestAuthority? parent = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (parent is null)
        {
            _root = request.CreateSelfSigned(From, To);
            return;
        }

        using var signed = request.Create(parent._root, From, To, RandomNumberGenerator.GetBytes(8));
        _root = signed.CopyWithPrivateKey(key);
    }

    /// <summary>The authority's own certificate, PEM.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>A certificate for host names, addresses or mail addresses, with its key. The first name is its common name too.</summary>
    public X509Certificate2 Issue(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(key, $"CN={names[0]}", names);
        using var pair = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate and its key as PEM.</summary>
    public (string Certificate, string Key) IssuePem(params string[] names) => IssuePem($"CN={names[0]}", names);

    /// <summary>The same with a subject of its own.</summary>
    public (string Certificate, string Key) IssuePem(string subject, IReadOnlyList<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(key, subject, names);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _root.Dispose();

    private X509Certificate2 Sign(ECDsa key, string subject, IReadOnlyList<string> names)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else if (name.Contains('@', StringComparison.Ordinal))
            {
                alternatives.AddEmailAddress(name);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        if (names.Count != 0)
        {
            request.CertificateExtensions.Add(alternatives.Build());
        }

        return request.Create(_root, From, To, RandomNumberGenerator.GetBytes(8));
    }
}
