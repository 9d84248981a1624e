using System.Collections.Immutable;

namespace RelayOperator.Operator.Rollouts;

/// <summary>What was decided about one pool's pod template.</summary>
public sealed record RolloutTurn
{
    /// <summary>The newest template at once, and nothing to remember of it.</summary>
    public static RolloutTurn Now { get; } = new();

    /// <summary>Whether the pods keep the template that they have.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Pools whose failure keeps a held one from its turn; empty where it only has to wait.</summary>
    public ImmutableArray<string> HaltedBy { get; init; } = [];

    /// <summary>Whether the pool was ready before its pods were replaced, and is so no more.</summary>
    public bool HasFailed { get; init; }

    /// <summary>What has to stand on the workload; null for nothing.</summary>
    public RolloutMark? Mark { get; init; }
}
