using System.Collections.Immutable;
using RelayOperator.Api.Config;

namespace RelayOperator.Operator.Derive;

/// <summary>What the pods are told, before it is written down as pool.json.</summary>
/// <param name="Config">The configuration, with each pod's shares.</param>
/// <param name="Sequence">Number of the write; a relay never goes back to a lower one.</param>
/// <param name="Draining">Pods that are to be removed, by name.</param>
/// <param name="Zones">Zones by the names of pods.</param>
public sealed record PoolRendering(
    PoolConfig Config, long Sequence, ImmutableArray<string> Draining, ImmutableSortedDictionary<string, string> Zones);
