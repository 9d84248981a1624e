using System.Collections.Immutable;

namespace RelayOperator.Operator.Gather;

/// <summary>The Secret that the pods read, as it was last written.</summary>
/// <param name="Data">Its keys; what a new configuration falls back on.</param>
/// <param name="Hash">Hash of the configuration in it.</param>
/// <param name="Sequence">Number of the write; each is higher than the one before.</param>
/// <param name="Draining">Pods that are leaving, each with the sequence number that first named it.</param>
public sealed record WrittenConfig(
    ImmutableSortedDictionary<string, byte[]> Data, string Hash, long Sequence, ImmutableSortedDictionary<string, long> Draining);
