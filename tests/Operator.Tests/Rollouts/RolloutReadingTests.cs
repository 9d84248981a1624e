using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

public sealed class RolloutReadingTests
{
    private static readonly TemplateVersion Derived = new("new", "2");

    [Fact]
    public void Who_wants_new_pods_can_be_told_from_what_stands_on_the_workload()
    {
        Assert.Equal(RolloutCause.None, Cause(InForce("new", "2")));
        Assert.Equal(RolloutCause.None, Cause(InForce("old", "2")));
        Assert.Equal(RolloutCause.Pool, Cause(InForce("new", "1")));
        Assert.Equal(RolloutCause.Upgrade, Cause(InForce("old", "1")));
        Assert.Equal(RolloutCause.Upgrade, Cause(null));
    }

    [Fact]
    public void A_change_of_a_pool_that_waits_is_known_by_what_waited_before()
    {
        Assert.Equal(RolloutCause.Upgrade, Cause(InForce("old", "1") with { Waiting = Derived }));
        Assert.Equal(RolloutCause.Pool, Cause(InForce("old", "1") with { Waiting = Derived with { Hash = "3" } }));
        // It waited for another operator, which is gone: the difference may be either's.
        Assert.Equal(RolloutCause.Upgrade, Cause(InForce("old", "1") with { Waiting = new TemplateVersion("other", "3") }));
        Assert.Equal(RolloutCause.Pool, Cause(new RolloutMark { Waiting = Derived with { Hash = "3" } }));
    }

    [Fact]
    public void A_pool_without_a_workload_has_nothing_to_wait_for() =>
        Assert.Equal(RolloutCause.None, RolloutReading.Of(Reading.Pool(), Derived).Cause);

    [Fact]
    public void A_roll_is_over_when_every_pod_is_new_and_ready_and_no_old_one_is_left()
    {
        var done = new GatheredWorkload { Replicas = 2, UpdatedReplicas = 2, ReadyReplicas = 2, IsObserved = true };
        Assert.True(done.IsRolledOut);
        Assert.False((done with { IsObserved = false }).IsRolledOut);
        Assert.False((done with { UpdatedReplicas = 1 }).IsRolledOut);
        Assert.False((done with { ReadyReplicas = 1 }).IsRolledOut);
        Assert.False((done with { OldReplicas = 1 }).IsRolledOut);
    }

    [Fact]
    public void A_pool_is_ready_though_its_controller_has_not_seen_the_last_annotation()
    {
        var workload = new GatheredWorkload { Replicas = 2, UpdatedReplicas = 2, ReadyReplicas = 2, IsObserved = false };
        Assert.True(RolloutReading.Of(Reading.Pool() with { Deployment = workload }, Derived).IsReady);
        Assert.False(RolloutReading.Of(Reading.Pool() with { Deployment = workload with { ReadyReplicas = 1 } }, Derived).IsReady);
    }

    [Fact]
    public void A_pool_that_is_paused_or_on_its_way_out_takes_no_turn()
    {
        var pool = Reading.Pool();
        Assert.True(RolloutReading.Of(pool, Derived).MayRoll);
        Assert.False(RolloutReading.Of(pool with { IsBeingDeleted = true }, Derived).MayRoll);
        var paused = pool.Pool with { Metadata = pool.Pool.Metadata with { Annotations = Reading.Map((PoolNames.PausedAnnotation, "true")) } };
        Assert.False(RolloutReading.Of(pool with { Pool = paused }, Derived).MayRoll);
    }

    [Fact]
    public void Progress_is_the_newest_pod_and_one_with_a_spool_may_take_its_time_to_leave()
    {
        var made = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var pool = Reading.PoolWithClaims() with { Pods = [Reading.Pod("corp-0") with { Created = made }, Reading.Pod("corp-1") with { Created = made.AddMinutes(-5) }] };
        var reading = RolloutReading.Of(pool, Derived);
        Assert.Equal((made, TimeSpan.FromSeconds(330)), (reading.LastStep, reading.Grace));
        Assert.Equal(TimeSpan.Zero, RolloutReading.Of(Reading.Pool(), Derived).Grace);
    }

    private static RolloutMark InForce(string origin, string hash) => new() { InForce = new TemplateVersion(origin, hash) };

    private static RolloutCause Cause(RolloutMark? mark) =>
        RolloutReading.Of(Reading.Pool() with { Deployment = new GatheredWorkload { Rollout = mark } }, Derived).Cause;
}
