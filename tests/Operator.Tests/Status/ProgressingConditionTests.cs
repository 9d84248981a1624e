using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Status;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class ProgressingConditionTests
{
    [Fact]
    public void A_pool_as_wanted_is_settled() =>
        Assert.Equal("False Settled: 2 pods as wanted", Facts.Told("Progressing", Facts.Serving()));

    [Fact]
    public void Each_thing_under_way_has_its_reason()
    {
        var pool = Facts.Serving();
        Facts.Begins("True Creating", Facts.Told("Progressing", pool with { Deployment = null }));
        Facts.Begins("True Scaling", Facts.Told("Progressing", With(workload => workload with { Replicas = 1 })));
        Facts.Begins("True Scaling", Facts.Told("Progressing", With(workload => workload with { IsObserved = false })));
        Facts.Begins("True RollingOut: 1 of 2", Facts.Told("Progressing", With(workload => workload with { UpdatedReplicas = 1 })));
        Facts.Begins("True Starting: 1 of 2", Facts.Told("Progressing", With(workload => workload with { ReadyReplicas = 1 })));
        Facts.Begins("True RolloutHeld", Facts.Told("Progressing", pool with { Rollout = new RolloutTurn { IsHeld = true } }));
        Facts.Begins("True Deleting", Facts.Told("Progressing", pool with { IsBeingDeleted = true }));
        Facts.Begins("True Draining: 1 pod to be removed: corp-1", Facts.Told("Progressing", Facts.ServingWithClaims(spec => spec with { Replicas = 1 })));

        GatheredPool With(Func<GatheredWorkload, GatheredWorkload> change) => pool with { Deployment = change(pool.Deployment!) };
    }

    [Fact]
    public void What_the_API_server_refused_stands_in_the_pools_own_condition() =>
        Assert.Equal(
            "False ApplyFailed: Service/corp: clusterIPs is immutable",
            Facts.Told("Progressing", Facts.Serving(), new ApplyOutcome([], ["Service/corp: clusterIPs is immutable"])));
}
