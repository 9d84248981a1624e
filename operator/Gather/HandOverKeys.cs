using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;

namespace RelayOperator.Operator.Gather;

/// <summary>
/// The keys by which pods of a pool know each other. A pool's key lives in its Secret alone; taken out of there, another
/// one is made. Until the first write shows, the one that was made is remembered, so that two looks do not make two.
/// </summary>
public sealed class HandOverKeys
{
    // Nobody looks at the dates: whoever holds the key belongs to the pool, and whoever changes the Secret changes the key.
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private readonly ConcurrentDictionary<string, HandOverKey> _made = new(StringComparer.Ordinal);

    /// <summary>The key of a pool.</summary>
    /// <param name="uid">The pool's uid.</param>
    /// <param name="written">What was last written for its pods; null for nothing yet.</param>
    public HandOverKey Of(string uid, WrittenConfig? written)
    {
        if (written is not null && PoolConfigJson.Parse(written.Data[RenderedPool.Key]).Pool?.HandOver is { } kept)
        {
            _made.TryRemove(uid, out _);
            return new HandOverKey(kept.CertificatePem, kept.KeyPem);
        }

        return _made.GetOrAdd(uid, static _ => Make());
    }

    private static HandOverKey Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=relay-pool", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(From, To);
        return new HandOverKey(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
