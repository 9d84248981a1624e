using System.Security.Cryptography;

namespace RelayOperator.Relay.Tools;

/// <summary>What tells an exported content from a damaged one.</summary>
/// <param name="Bytes">Its octets.</param>
/// <param name="Sha256">Their SHA-256, in lower-case hex.</param>
public sealed record ContentPrint(long Bytes, string Sha256)
{
    /// <summary>Of what a hash was fed, which begins anew.</summary>
    public static ContentPrint Of(long bytes, IncrementalHash hash) => new(bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
}
