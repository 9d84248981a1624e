namespace RelayOperator.Relay.Spool;

/// <summary>A sealed spool: empty, and it stays so.</summary>
/// <param name="Token">What the operator marks the volume with.</param>
/// <param name="Sequence">The configuration that named the pod as leaving; a higher one that does not breaks the seal.</param>
public sealed record SpoolSeal(long Token, long Sequence);
