namespace RelayOperator.Relay.Spool;

/// <summary>Whether a spool can be relied on now. A fault stays until the store was opened anew.</summary>
/// <param name="Fault">What is wrong, in words for an operator; null where nothing is.</param>
/// <param name="IsFull">The fault is a full disk.</param>
public sealed record SpoolHealth(string? Fault, bool IsFull = false)
{
    public static SpoolHealth Good { get; } = new((string?)null);

    public bool IsGood => Fault is null;
}
