using System.Collections.Immutable;

namespace RelayOperator.Relay.Spool;

/// <summary>What lies in a spool, kept up to date with every commit.</summary>
/// <param name="Messages">Messages.</param>
/// <param name="Bytes">Octets of their bodies.</param>
/// <param name="ByState">Messages that have recipients in a state, by its number.</param>
/// <param name="Oldest">When the oldest of them was received; null where there is none.</param>
public sealed record SpoolStatistics(long Messages, long Bytes, ImmutableArray<long> ByState, DateTimeOffset? Oldest)
{
    /// <summary>States that there are.</summary>
    public const int States = (int)RecipientState.Damaged + 1;

    public static SpoolStatistics Empty { get; } = new(0, 0, [.. new long[States]], null);
}
