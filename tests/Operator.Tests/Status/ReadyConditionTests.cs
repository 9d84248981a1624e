using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class ReadyConditionTests
{
    [Fact]
    public void An_address_with_a_ready_pod_behind_it_serves()
    {
        var pool = Facts.Serving();
        Assert.Equal("True Serving: 2 of 2 pods ready behind 10.0.0.25", Facts.Told("Ready", pool));
        Facts.Begins("True Serving: 1 of 2 pods", Facts.Told("Ready", pool with { Pods = [pool.Pods[0], pool.Pods[1] with { Ready = false }] }));
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var pool = Facts.Serving();
        Facts.Begins("False NoAddress", Facts.Told("Ready", pool with { VipAddresses = [] }));
        Facts.Begins("False NoPodReady", Facts.Told("Ready", pool with { Pods = [] }));
        Facts.Begins("False ScaledToZero", Facts.Told("Ready", Facts.Serving(spec => spec with { Replicas = 0 })));
        Facts.Begins("False Deleting", Facts.Told("Ready", pool with { IsBeingDeleted = true }));
    }
}
