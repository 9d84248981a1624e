using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Rollouts;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

public sealed class RolloutWaveTests
{
    [Fact]
    public void As_many_pools_as_there_are_turns_free()
    {
        Assert.Equal("a b c", Turns(Waiting("d"), Waiting("b"), Waiting("a"), Waiting("c")));
        Assert.Equal("b", Turns(In("a", RolloutStage.Rolling), In("x", RolloutStage.Granted), Waiting("b"), Waiting("c")));
        Assert.Equal("", Turns(In("a", RolloutStage.Rolling), In("b", RolloutStage.Rolling), In("c", RolloutStage.Granted), In("d", RolloutStage.Rolling), Waiting("e")));
    }

    [Fact]
    public void Ready_pools_come_first_and_those_that_let_a_turn_pass_last_among_them()
    {
        Assert.Equal("b c d", Turns(Waiting("a", isReady: false), Waiting("b"), Waiting("c"), Waiting("d")));
        Assert.Equal("c d b", Turns(Waiting("a", isReady: false), Waiting("b", missed: 1), Waiting("c"), Waiting("d")));
        Assert.Equal("b a", Turns(Waiting("a", isReady: false), Waiting("b")));
    }

    [Fact]
    public void What_was_given_up_or_has_failed_takes_no_turn() =>
        Assert.Equal("c d e", Turns(In("a", RolloutStage.GivenUp), In("b", RolloutStage.Failed), Waiting("c"), Waiting("d"), Waiting("e"), Waiting("f")));

    [Fact]
    public void After_three_failures_nobody_has_a_turn()
    {
        Assert.False(Wave(In("a", RolloutStage.Failed), In("b", RolloutStage.Failed), Waiting("d")).IsHalted);
        var halted = Wave(In("c", RolloutStage.Failed), In("a", RolloutStage.Failed), In("b", RolloutStage.Failed), Waiting("d"), Busy("e"));
        Assert.True(halted.IsHalted);
        Assert.Empty(halted.Turns);
        Assert.Equal(["mail/a", "mail/b", "mail/c"], halted.Failed.Select(key => key.ToString()));
    }

    [Fact]
    public void A_pool_that_an_older_template_keeps_busy_gets_the_newest_in_its_turn()
    {
        Assert.Equal("a b c", Turns(Busy("a"), Waiting("b"), Waiting("c"), Waiting("d")));
        Assert.Equal("a b c d", Turns(Busy("a"), Busy("b"), Busy("c"), Busy("d"), Waiting("e")));
    }

    private static string Turns(params (string Name, PoolRollout Pool)[] pools) => string.Join(' ', Wave(pools).Turns.Select(key => key.Name));

    private static RolloutWave Wave(params (string Name, PoolRollout Pool)[] pools) =>
        RolloutWave.Of([.. pools.Select(pool => KeyValuePair.Create(new ObjectKey("mail", pool.Name), pool.Pool))], 3);

    private static (string Name, PoolRollout Pool) In(string name, RolloutStage stage) =>
        (name, new PoolRollout { Stage = stage, Reading = new RolloutReading { Derived = new TemplateVersion("new", "2"), Cause = RolloutCause.None } });

    private static (string Name, PoolRollout Pool) Waiting(string name, bool isReady = true, int missed = 0)
    {
        var pool = In(name, RolloutStage.Waiting).Pool;
        return (name, pool with { Missed = missed, Reading = pool.Reading with { Cause = RolloutCause.Upgrade, IsReady = isReady } });
    }

    private static (string Name, PoolRollout Pool) Busy(string name) => (name, Waiting(name, isReady: false).Pool with { Stage = RolloutStage.Rolling });
}
