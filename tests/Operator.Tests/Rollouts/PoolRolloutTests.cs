using RelayOperator.Operator.Rollouts;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

public sealed class PoolRolloutTests
{
    private static readonly DateTimeOffset Began = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static RolloutReading Waiting { get; } = new() { Derived = new TemplateVersion("new", "2"), Cause = RolloutCause.Upgrade, IsReady = true };

    [Fact]
    public void A_pool_waits_gets_its_turn_rolls_and_is_done()
    {
        var waiting = Next(null, Waiting, 1);
        Assert.Equal(RolloutStage.Waiting, waiting.Stage);
        var granted = waiting.Grant(At(1));
        Assert.Equal((RolloutStage.Granted, At(1), true), (granted.Stage, granted.Since, granted.WasReady));
        // What the watch shows may be older than what was applied.
        Assert.Equal(RolloutStage.Granted, Next(granted, Waiting, 1.5).Stage);
        var rolling = Next(granted, Rolling(since: 1), 3);
        Assert.Equal((RolloutStage.Rolling, At(11)), (rolling.Stage, rolling.Deadline));
        Assert.Equal(RolloutStage.Idle, Next(rolling, Rolling(since: 1) with { IsRolledOut = true }, 4).Stage);
    }

    [Fact]
    public void Each_new_pod_is_progress()
    {
        var rolling = Next(null, Rolling(since: 1) with { LastStep = At(8), Grace = TimeSpan.FromMinutes(5) }, 20);
        Assert.Equal((RolloutStage.Rolling, At(23)), (rolling.Stage, rolling.Deadline));
    }

    [Fact]
    public void Without_progress_it_fails_if_it_was_ready_and_is_given_up_if_not()
    {
        Assert.Equal(RolloutStage.Failed, Next(null, Rolling(since: 1), 11).Stage);
        Assert.Equal(RolloutStage.GivenUp, Next(null, Rolling(since: 1, wasReady: false), 11).Stage);
    }

    [Fact]
    public void A_failure_lasts_until_the_pool_is_ready_or_its_user_takes_over()
    {
        var failed = Next(null, Rolling(since: 1), 11);
        Assert.Equal(RolloutStage.Failed, Next(failed, Rolling(since: 1) with { LastStep = At(12) }, 13).Stage);
        Assert.Equal(RolloutStage.Idle, Next(failed, Rolling(since: 1) with { IsRolledOut = true }, 13).Stage);
        Assert.Equal(RolloutStage.Idle, Next(failed, Waiting with { Cause = RolloutCause.None, Mark = new RolloutMark { InForce = Waiting.Derived } }, 13).Stage);
    }

    [Fact]
    public void The_next_process_to_lead_finds_what_is_under_way_and_counts_no_failure_of_before()
    {
        Assert.Equal(RolloutStage.Rolling, Next(null, Rolling(since: -5), 1).Stage);
        Assert.Equal(RolloutStage.Failed, Next(null, Rolling(since: -5), 5).Stage);
        Assert.Equal(RolloutStage.GivenUp, Next(null, Rolling(since: -15), 1).Stage);
    }

    [Fact]
    public void What_an_operator_of_another_version_began_is_no_failure_of_this_one()
    {
        var other = Rolling(since: 1) with { Mark = new RolloutMark { InForce = new TemplateVersion("old", "2"), Since = At(1), WasReady = true } };
        Assert.Equal(RolloutStage.GivenUp, Next(null, other, 11).Stage);
    }

    [Fact]
    public void A_newer_template_is_taken_in_the_turn_that_an_older_one_has()
    {
        var older = Rolling(since: 1) with { Cause = RolloutCause.Upgrade, IsReady = false };
        var rolling = Next(null, older, 2);
        Assert.Equal((RolloutStage.Rolling, true), (rolling.Stage, rolling.WantsTurn));
        Assert.True(rolling.Grant(At(2)).WasReady);
        Assert.Equal(RolloutStage.Waiting, Next(rolling, older, 11).Stage);
    }

    [Fact]
    public void A_turn_that_nothing_came_of_is_over_after_a_while_and_counted()
    {
        var granted = Next(null, Waiting, 1).Grant(At(1));
        var missed = Next(granted, Waiting, 2);
        Assert.Equal((RolloutStage.Waiting, 1), (missed.Stage, missed.Missed));
    }

    [Fact]
    public void A_pool_that_may_not_roll_does_not_wait() =>
        Assert.Equal(RolloutStage.Idle, Next(null, Waiting with { MayRoll = false }, 1).Stage);

    private static PoolRollout Next(PoolRollout? before, RolloutReading reading, double minute) =>
        PoolRollout.Next(before, reading, Began, Patience, At(minute));

    private static DateTimeOffset At(double minute) => Began.AddMinutes(minute);

    private static RolloutReading Rolling(double since, bool wasReady = true) => Waiting with
    {
        Cause = RolloutCause.None,
        IsReady = false,
        Mark = new RolloutMark { InForce = Waiting.Derived, Since = At(since), WasReady = wasReady },
    };
}
