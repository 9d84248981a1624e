using System.Collections.Immutable;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>All that a pool's status is judged by: what was read, what should be, and what became of applying it.</summary>
public sealed record PoolFacts(GatheredPool Pool, PoolResources Resources, ApplyOutcome Applied)
{
    /// <summary>The pods that are to stay.</summary>
    internal IEnumerable<GatheredPod> StayingPods => Pool.Pods.Where(pod => !pod.Terminating && !Resources.Size.Leaving.Contains(pod.Name, StringComparer.Ordinal));
}

/// <summary>What became of applying a pool's objects; both empty where all went well.</summary>
/// <param name="Conflicts">Objects of that name that are not ours, as Kind/name.</param>
/// <param name="Errors">Objects that the API server refused, each with what it said.</param>
public sealed record ApplyOutcome(ImmutableArray<string> Conflicts, ImmutableArray<string> Errors)
{
    public static ApplyOutcome Complete { get; } = new([], []);

    /// <summary>Whether an object is on its way out that has to be made anew.</summary>
    public bool IsPending { get; init; }
}
