using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class SpoolUnreachableConditionTests
{
    [Fact]
    public void A_pod_on_a_lost_node_is_named_with_its_claim()
    {
        var pool = Facts.ServingWithClaims();
        Assert.Null(Facts.Told("SpoolUnreachable", pool));
        Assert.Equal(
            "True NodeLost: pod corp-1 with claim spool-corp-1 is on node node-of-corp-1, which does not report; its mail waits for the node",
            Facts.Told("SpoolUnreachable", pool with { Pods = [pool.Pods[0], pool.Pods[1] with { NodeLost = true }] }));
    }

    [Fact]
    public void A_pod_without_a_spool_of_its_own_loses_none()
    {
        var pool = Facts.Serving();
        Assert.Null(Facts.Told("SpoolUnreachable", pool with { Pods = [pool.Pods[0] with { NodeLost = true }] }));
    }
}
