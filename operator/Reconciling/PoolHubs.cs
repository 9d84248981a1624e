using System.Collections.Immutable;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Reconciling;

/// <summary>What the hubs of a pool have to know of it.</summary>
/// <param name="Selected">Names of the hubs that it uses.</param>
/// <param name="LeftOut">Those that its configuration leaves out.</param>
/// <param name="Faults">Why.</param>
/// <param name="Pods">Its pods, with what they answered.</param>
public sealed record PoolHubs(ImmutableArray<string> Selected, ImmutableArray<string> LeftOut, string Faults, ImmutableArray<GatheredPod> Pods)
{
    /// <summary>Nothing: a pool that is not known, or gone.</summary>
    public static PoolHubs None { get; } = new([], [], "", []);

    public static PoolHubs Of(PoolFacts facts)
    {
        var config = facts.Resources.Config;
        return new PoolHubs(
            [.. facts.Pool.SelectedHubs().Select(hub => hub.Metadata.Name)],
            config.HubsLeftOut,
            config.HubsLeftOut.IsEmpty ? "" : string.Join("; ", config.Faults),
            facts.Pool.Pods);
    }

    /// <summary>Whether the hubs would hear nothing new.</summary>
    public bool SaysTheSameAs(PoolHubs other) =>
        Faults == other.Faults && Selected.SequenceEqual(other.Selected) && LeftOut.SequenceEqual(other.LeftOut) && Pods.SequenceEqual(other.Pods);
}
