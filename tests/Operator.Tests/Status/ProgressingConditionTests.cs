using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Tests.Derive;
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
    public void An_upgrade_that_comes_no_further_is_told_where_it_failed_and_where_others_wait_for_that()
    {
        var pool = Facts.Serving();
        var failed = pool with { Rollout = new RolloutTurn { HasFailed = true }, Deployment = pool.Deployment! with { UpdatedReplicas = 1 } };
        Facts.Begins("False RolloutFailed: an upgrade of the operator began to replace the pods and comes no further: 1 of 2 pods", Facts.Told("Progressing", failed));
        var halted = pool with { Rollout = new RolloutTurn { IsHeld = true, HaltedBy = ["mail/a", "mail/b", "mail/c"] } };
        Facts.Begins("True RolloutHalted: no pool gets a new pod template any more: mail/a, mail/b, mail/c were ready", Facts.Told("Progressing", halted));
    }

    [Fact]
    public void A_pool_that_is_paused_does_not_wait_for_a_turn() =>
        Facts.Begins("False Settled", Facts.Told("Progressing", Paused(Facts.Serving()) with { Rollout = new RolloutTurn { IsHeld = true } }));

    private static GatheredPool Paused(GatheredPool pool) =>
        pool with { Pool = pool.Pool with { Metadata = pool.Pool.Metadata with { Annotations = Reading.Map((PoolNames.PausedAnnotation, "true")) } } };

    [Fact]
    public void What_the_API_server_refused_stands_in_the_pools_own_condition() =>
        Assert.Equal(
            "False ApplyFailed: Service/corp: clusterIPs is immutable",
            Facts.Told("Progressing", Facts.Serving(), new ApplyOutcome([], ["Service/corp: clusterIPs is immutable"])));
}
