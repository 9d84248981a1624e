namespace RelayOperator.Operator.Rollouts;

/// <summary>One pool in the wave. Pure: the next state follows from the one before, what was read, and the time.</summary>
public sealed record PoolRollout
{
    /// <summary>How long after it got its turn a pool's workload may be without the template; more than a write and its echo take.</summary>
    public static readonly TimeSpan TurnPasses = TimeSpan.FromMinutes(1);

    /// <summary>What was last read.</summary>
    public required RolloutReading Reading { get; init; }

    public RolloutStage Stage { get; init; }

    /// <summary>When it got its turn, to the second; only where it has it.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Whether all pods were ready before they were replaced.</summary>
    public bool WasReady { get; init; }

    /// <summary>Until when others wait for it.</summary>
    public DateTimeOffset Deadline { get; init; }

    /// <summary>Turns that it let pass: the API server refused the template, or could not be asked.</summary>
    public int Missed { get; init; }

    /// <summary>Whether one of the turns is taken by it.</summary>
    public bool TakesTurn => Stage is RolloutStage.Granted or RolloutStage.Rolling;

    /// <summary>Whether an upgrade wants to replace its pods.</summary>
    public bool WantsTurn => Reading is { Cause: RolloutCause.Upgrade, MayRoll: true };

    /// <param name="before">The state so far; null for none.</param>
    /// <param name="reading">What was read.</param>
    /// <param name="began">When this process began to lead.</param>
    /// <param name="patience">How long a pool may make no progress.</param>
    /// <param name="now">The time.</param>
    public static PoolRollout Next(PoolRollout? before, RolloutReading reading, DateTimeOffset began, TimeSpan patience, DateTimeOffset now)
    {
        var next = (before ?? new PoolRollout { Reading = reading }) with { Reading = reading };
        var isUnderWay = reading is { Mark.Since: not null, IsRolledOut: false };
        var deadline = isUnderWay ? Later(reading.Mark!.Since!.Value, reading.LastStep) + patience + reading.Grace : default;
        if (next.WantsTurn)
        {
            return next switch
            {
                { Stage: RolloutStage.Granted } when now < next.Deadline => next,
                { Stage: RolloutStage.Granted } => next with { Stage = RolloutStage.Waiting, Missed = next.Missed + 1 },
                // Of an older template: it keeps its turn, and gets the newest in it.
                _ when isUnderWay && now < deadline => next with { Stage = RolloutStage.Rolling, Deadline = deadline },
                _ => next with { Stage = RolloutStage.Waiting },
            };
        }

        if (!isUnderWay)
        {
            return next with { Stage = RolloutStage.Idle };
        }

        var isOver = now >= deadline;
        var hasFailed = next.Stage == RolloutStage.Failed
            || (isOver && reading.Mark!.WasReady && reading.Mark.InForce?.Origin == reading.Derived.Origin && deadline > began);
        return next with
        {
            Stage = hasFailed ? RolloutStage.Failed : isOver ? RolloutStage.GivenUp : RolloutStage.Rolling,
            Deadline = deadline,
        };
    }

    /// <summary>It is this pool's turn.</summary>
    public PoolRollout Grant(DateTimeOffset now) => this with
    {
        Stage = RolloutStage.Granted,
        Since = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
        WasReady = Stage == RolloutStage.Rolling ? Reading.Mark!.WasReady : Reading.IsReady,
        Deadline = now + TurnPasses,
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
