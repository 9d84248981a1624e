using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Rollouts;

/// <summary>
/// Which pools may replace their pods because of an upgrade. Contract: what the user of a pool changed never waits. What an
/// upgrade changes waits until every pool was looked at once, and then for its turn: so many at a time, those that are
/// ready first, and no more after <see cref="RolloutWave.MostFailed"/> that were ready and are so no more, until enough
/// of them are ready again. A pool that makes no progress for too long makes room for the next. What is under way stands
/// on the workloads (<see cref="RolloutMark"/>), so that the next process to lead finds it; what failed is forgotten with
/// the process. Thread-safe.
/// </summary>
/// <param name="settings">What templates depend on.</param>
/// <param name="most">How many pools at a time.</param>
/// <param name="patience">How long a pool may make no progress.</param>
/// <param name="metrics">Hears how far it is.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of failures.</param>
public sealed partial class RolloutGate(
    OperatorSettings settings, int most, TimeSpan patience, RolloutMetrics metrics, TimeProvider time, ILogger logger)
{
    private readonly string _origin = TemplateVersion.OriginOf(settings);
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, PoolRollout> _pools = [];
    private HashSet<ObjectKey> _unseen = [];
    private DateTimeOffset _began;
    private RolloutWave _wave = RolloutWave.None;

    /// <summary>Something was decided about a pool: it has to be reconciled.</summary>
    public event Action<ObjectKey>? Decided;

    /// <summary>This process leads from now on.</summary>
    /// <param name="pools">Those that there are.</param>
    public void Begin(IEnumerable<ObjectKey> pools)
    {
        lock (_lock)
        {
            _unseen = [.. pools];
            _began = time.GetUtcNow();
        }
    }

    /// <summary>The pool with what is decided about its pod template.</summary>
    public GatheredPool Admit(GatheredPool pool)
    {
        var key = new ObjectKey(pool.Pool.Metadata.Namespace, pool.Pool.Metadata.Name);
        var reading = RolloutReading.Of(pool, TemplateVersion.Of(_origin, PodTemplateOf.Pool(pool, settings)));
        RolloutTurn turn;
        List<ObjectKey> told;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            Keep(key, PoolRollout.Next(_pools.GetValueOrDefault(key), reading, _began, patience, now));
            told = Decide(now);
            turn = TurnOf(key, reading);
        }

        Tell(told.Where(other => other != key));
        return pool with { Rollout = turn };
    }

    /// <summary>A pool was looked at, whatever came of it.</summary>
    /// <param name="key">The pool.</param>
    /// <param name="isThere">Whether it exists, and can be served.</param>
    public void Looked(ObjectKey key, bool isThere)
    {
        List<ObjectKey> told;
        lock (_lock)
        {
            var isNews = _unseen.Remove(key) | (!isThere && _pools.Remove(key));
            told = isNews ? Decide(time.GetUtcNow()) : [];
        }

        Tell(told);
    }

    /// <summary>When to look at a pool again, though nothing happens: others may wait for it no longer then.</summary>
    public TimeSpan? LookAgain(ObjectKey key)
    {
        lock (_lock)
        {
            return _pools.TryGetValue(key, out var pool) && pool.TakesTurn && pool.Deadline - time.GetUtcNow() is var left
                ? left > TimeSpan.Zero ? left : TimeSpan.Zero
                : null;
        }
    }

    private List<ObjectKey> Decide(DateTimeOffset now)
    {
        if (_unseen.Count > 0)
        {
            return [];
        }

        foreach (var (key, pool) in _pools.ToArray())
        {
            Keep(key, PoolRollout.Next(pool, pool.Reading, _began, patience, now));
        }

        var before = _wave;
        _wave = RolloutWave.Of(_pools, most);
        foreach (var key in _wave.Turns)
        {
            Keep(key, _pools[key].Grant(now));
        }

        Log(before, _wave);
        metrics.Set(_pools.Values, _wave.IsHalted);
        // Those that failed, and those that wait for them, say so in their conditions.
        var failed = _wave.Failed.Except(before.Failed);
        var waiting = before.IsHalted == _wave.IsHalted && (!_wave.IsHalted || before.Failed.SequenceEqual(_wave.Failed))
            ? []
            : _pools.Where(pool => pool.Value.Stage == RolloutStage.Waiting).Select(pool => pool.Key);
        return [.. _wave.Turns, .. failed, .. waiting];
    }

    private void Keep(ObjectKey key, PoolRollout pool)
    {
        if (pool.Stage == RolloutStage.Idle)
        {
            _pools.Remove(key);
        }
        else
        {
            _pools[key] = pool;
        }
    }

    private RolloutTurn TurnOf(ObjectKey key, RolloutReading reading)
    {
        var pool = _pools.GetValueOrDefault(key);
        return reading.Cause switch
        {
            RolloutCause.Pool => new RolloutTurn { Mark = new RolloutMark { InForce = reading.Derived } },
            RolloutCause.Upgrade when pool is { Stage: RolloutStage.Granted } => new RolloutTurn
            {
                Mark = new RolloutMark { InForce = reading.Derived, Since = pool.Since, WasReady = pool.WasReady },
            },
            RolloutCause.Upgrade => new RolloutTurn
            {
                IsHeld = true,
                HaltedBy = _wave.IsHalted ? [.. _wave.Failed.Select(failed => failed.ToString())] : [],
                Mark = Standing(reading) with { Waiting = reading.Derived },
            },
            _ => new RolloutTurn
            {
                HasFailed = pool?.Stage == RolloutStage.Failed,
                Mark = Standing(reading) with { InForce = reading.Derived, Waiting = null },
            },
        };
    }

    // A roll that is over is forgotten: what befalls the pods later has another cause.
    private static RolloutMark Standing(RolloutReading reading)
    {
        var mark = reading.Mark ?? new RolloutMark();
        return reading.IsRolledOut ? mark with { Since = null, WasReady = false } : mark;
    }

    private void Tell(IEnumerable<ObjectKey> keys)
    {
        foreach (var key in keys)
        {
            Decided?.Invoke(key);
        }
    }

    private void Log(RolloutWave before, RolloutWave now)
    {
        foreach (var key in now.Failed.Except(before.Failed))
        {
            Failed(logger, key.ToString(), patience.TotalMinutes);
        }

        if (now.IsHalted && !before.IsHalted)
        {
            Halted(logger, string.Join(", ", now.Failed));
        }
        else if (before.IsHalted && !now.IsHalted)
        {
            GoesOn(logger);
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "RelayPool {Pool} was ready before an upgrade of the operator replaced its pods, and has made no progress for {Minutes:0} min")]
    private static partial void Failed(ILogger logger, string pool, double minutes);

    [LoggerMessage(1402, LogLevel.Error, "No further pool gets the new pods: {Pools} were ready before theirs and are not since; mend them, go back to the version before, or restart the operator to go on")]
    private static partial void Halted(ILogger logger, string pools);

    [LoggerMessage(1403, LogLevel.Information, "Pools get the new pods again: enough of those that had failed are ready")]
    private static partial void GoesOn(ILogger logger);
}
