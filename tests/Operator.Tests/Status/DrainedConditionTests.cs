using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class DrainedConditionTests
{
    [Fact]
    public void With_nobody_leaving_it_is_left_out() => Assert.Null(Facts.Told("Drained", Facts.ServingWithClaims()));

    [Fact]
    public void What_holds_a_leaving_pod_is_told()
    {
        var pool = Facts.ServingWithClaims(spec => spec with { Replicas = 1 });
        Assert.Equal("False Draining: corp-1 has not said yet that it is empty", Facts.Told("Drained", pool));
        Assert.Equal("False Draining: corp-1 has 1 transaction in flight", Facts.Told("Drained", Facts.Answering(pool, answer => answer with { InFlight = 1 })));
        Assert.Equal(
            "False Draining: corp-1 holds 2 messages of 300 bytes",
            Facts.Told("Drained", Facts.Answering(pool, answer => answer with { Spool = new SpoolAnswer(2, 300, null) })));
        Assert.Equal(
            "False Draining: corp-1 holds 1 message of 300 bytes, the oldest since 2030-01-01T12:00:00Z; not handed over: corp-0: it is to go itself",
            Facts.Told("Drained", Facts.Answering(pool, answer => answer with { Spool = new SpoolAnswer(1, 300, Facts.Now, "corp-0: it is to go itself") })));
        Assert.Equal("False Draining: corp-1 does not answer", Facts.Told("Drained", pool with { Pods = [pool.Pods[0], pool.Pods[1] with { Answer = null }] }));
        Assert.Equal("False Draining: corp-1 does not run, and its claim may hold mail", Facts.Told("Drained", pool with { Pods = [pool.Pods[0]] }));
    }

    [Fact]
    public void An_empty_pod_can_be_removed()
    {
        var pool = Facts.ServingWithClaims(spec => spec with { Replicas = 1 });
        pool = pool with { Written = Reading.Written(PoolResources.For(pool, Reading.Settings)) };
        Assert.Equal(
            "True Empty: corp-1 can be removed",
            Facts.Told("Drained", Facts.Answering(pool, answer => answer with { DrainToken = pool.Written!.Sequence })));
    }
}
