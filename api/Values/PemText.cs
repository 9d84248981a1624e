using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Api;

/// <summary>Texts of certificates and keys, judged without using them. Whatever stands there, nothing throws.</summary>
public static class PemText
{
    /// <summary>Whether it is a certificate with its key.</summary>
    public static bool IsPair(string certificatePem, string keyPem)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            return true;
        }
        catch (Exception error) when (IsJudgement(error))
        {
            return false;
        }
    }

    /// <summary>How many certificates there are; null where it cannot be read.</summary>
    public static int? Certificates(string pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            return certificates.Count;
        }
        catch (Exception error) when (IsJudgement(error))
        {
            return null;
        }
    }

    /// <summary>Whether an exception is what the runtime says of a certificate or key that it cannot use: a broken one may pass for one of an unknown curve.</summary>
    public static bool IsJudgement(Exception error) => error is CryptographicException or ArgumentException or PlatformNotSupportedException;
}
