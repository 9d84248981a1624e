namespace RelayOperator.Operator.Gather;

/// <summary>The claim of one pod's spool.</summary>
/// <param name="Name">The claim's name.</param>
/// <param name="Uid">The claim's uid.</param>
/// <param name="ResourceVersion">The version that was read; what is written to it is bound to that.</param>
/// <param name="Ordinal">Ordinal of the pod that it belongs to.</param>
/// <param name="DrainToken">What its mark says: number of the write that named the pod as leaving; empty where there is no mark.</param>
public sealed record GatheredClaim(string Name, string Uid, string ResourceVersion, int Ordinal, string DrainToken)
{
    /// <summary>The storage that it asks for, as a quantity.</summary>
    public string Storage { get; init; } = "";

    /// <summary>Whether somebody has deleted it, so that it goes as soon as no pod uses it.</summary>
    public bool IsBeingDeleted { get; init; }
}
