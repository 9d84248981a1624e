namespace RelayOperator.Operator.Gather;

/// <summary>The claim of one pod's spool.</summary>
/// <param name="Name">The claim's name.</param>
/// <param name="Uid">The claim's uid.</param>
/// <param name="ResourceVersion">The version that was read; a delete is bound to it.</param>
/// <param name="Ordinal">Ordinal of the pod that it belongs to.</param>
/// <param name="DrainToken">Token under which its spool was emptied; empty where it may hold mail.</param>
public sealed record GatheredClaim(string Name, string Uid, string ResourceVersion, int Ordinal, string DrainToken)
{
    /// <summary>Whether the spool was emptied and sealed.</summary>
    public bool IsDrained => DrainToken.Length > 0;
}
