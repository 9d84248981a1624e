using System.Collections.Immutable;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Rollouts;

/// <summary>Whose turn it is. Pure.</summary>
/// <param name="Turns">Pools that get the new template now.</param>
/// <param name="Failed">Pools that were ready before theirs, and are so no more, in order.</param>
/// <param name="IsHalted">Whether that are so many that nobody else gets one.</param>
public sealed record RolloutWave(ImmutableArray<ObjectKey> Turns, ImmutableArray<ObjectKey> Failed, bool IsHalted)
{
    /// <summary>After so many failures it is the upgrade that is at fault.</summary>
    public const int MostFailed = 3;

    public static RolloutWave None { get; } = new([], [], false);

    /// <param name="pools">The pools, as they stand.</param>
    /// <param name="most">How many may be replaced at a time.</param>
    public static RolloutWave Of(IReadOnlyCollection<KeyValuePair<ObjectKey, PoolRollout>> pools, int most)
    {
        ImmutableArray<ObjectKey> failed = [.. Keys(pools.Where(pool => pool.Value.Stage == RolloutStage.Failed))];
        if (failed.Length >= MostFailed)
        {
            return new RolloutWave([], failed, IsHalted: true);
        }

        // Those that an older template still keeps busy get the newest in the turn that they have.
        var busy = pools.Where(pool => pool.Value is { Stage: RolloutStage.Rolling, WantsTurn: true });
        var free = Math.Max(0, most - pools.Count(pool => pool.Value.TakesTurn));
        var next = pools.Where(pool => pool.Value.Stage == RolloutStage.Waiting)
            .OrderByDescending(pool => pool.Value.Reading.IsReady)
            .ThenBy(pool => pool.Value.Missed)
            .ThenBy(pool => pool.Key.ToString(), StringComparer.Ordinal)
            .Take(free);
        return new RolloutWave([.. busy.Concat(next).Select(pool => pool.Key)], failed, IsHalted: false);
    }

    private static IEnumerable<ObjectKey> Keys(IEnumerable<KeyValuePair<ObjectKey, PoolRollout>> pools) =>
        pools.Select(pool => pool.Key).OrderBy(key => key.ToString(), StringComparer.Ordinal);
}
