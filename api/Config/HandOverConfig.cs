using System.Collections.Immutable;

namespace RelayOperator.Api.Config;

/// <summary>
/// How a pod that leaves hands its spool to those that stay. Source: the operator alone, which makes the key when the pool
/// first has spools on volumes. All pods of a pool show the same certificate, and whoever shows another is none of them.
/// </summary>
/// <param name="CertificatePem">The pool's own certificate.</param>
/// <param name="KeyPem">Its key.</param>
/// <param name="Peers">While pods leave: those that stay, by name, each with address and port.</param>
public sealed record HandOverConfig(string CertificatePem, string KeyPem, ImmutableSortedDictionary<string, string> Peers)
{
    /// <summary>The port that pods take mail of their peers on.</summary>
    public const int Port = 9026;

    /// <summary>Leaves the key out.</summary>
    public override string ToString() => $"HandOverConfig {{ Peers = {string.Join(", ", Peers.Keys)} }}";
}
