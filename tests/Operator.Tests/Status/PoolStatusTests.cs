using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class PoolStatusTests
{
    [Fact]
    public void A_pool_that_serves_has_four_conditions_and_no_warning()
    {
        var status = Facts.Status(Facts.Serving());
        Assert.Equal(["Ready", "Progressing", "HubsAvailable", "ConfigApplied"], status.Conditions.Select(condition => condition.Type));
        Assert.All(status.Conditions, condition => Assert.Equal(3, condition.ObservedGeneration));
        Assert.Equal(
            (3L, 2, 2, "app.kubernetes.io/instance=corp,app.kubernetes.io/name=relay", "2/2"),
            (status.ObservedGeneration, status.Replicas, status.ReadyReplicas, status.Selector, status.Hubs.Summary));
        Assert.Equal(["10.0.0.25"], status.Vip.Addresses);
        Assert.Equal(64, status.ConfigHash.Length);
        Assert.Null(status.Spool);
    }

    [Fact]
    public void The_time_of_a_condition_stays_while_its_status_does()
    {
        var pool = Facts.Serving();
        var earlier = Facts.Now.AddHours(-1);
        var before = Facts.Status(pool) with
        {
            Conditions =
            [
                new Condition { Type = "Ready", Status = ConditionStatus.True, LastTransitionTime = earlier, Reason = "Other" },
                new Condition { Type = "ConfigApplied", Status = ConditionStatus.False, LastTransitionTime = earlier, Reason = "Waiting" },
            ],
        };
        var times = Facts.Status(pool with { Status = before }).Conditions.ToDictionary(condition => condition.Type, condition => condition.LastTransitionTime, StringComparer.Ordinal);
        Assert.Equal((earlier, Facts.Now), (times["Ready"], times["ConfigApplied"]));
    }

    [Fact]
    public void Hubs_are_counted_by_what_they_can_do()
    {
        var pool = Facts.Serving() with { Hubs = [Reading.Hub("ht01"), Reading.Hub("ht02", hub => hub with { State = HubAdministrativeState.Draining }), Reading.Hub("ht03")] };
        var hubs = Facts.Status(pool).Hubs;
        Assert.Equal((3, 1, 1, "1/3"), (hubs.Registered, hubs.Healthy, hubs.Draining, hubs.Summary));
    }

    [Fact]
    public void Spools_on_volumes_add_up_and_a_shared_one_counts_once()
    {
        var spool = new SpoolAnswer(2, 300, Facts.Now);
        Assert.Equal(new SpoolStatus { Messages = 4, Bytes = 600, OldestTime = Facts.Now }, Facts.Status(Facts.Answering(Facts.ServingWithClaims(), answer => answer with { Spool = spool })).Spool);
        var shared = Facts.Serving(spec => spec with { Spool = new SpoolSpec { Postgres = new SpoolPostgresSpec() } });
        Assert.Equal(new SpoolStatus { Messages = 2, Bytes = 300, OldestTime = Facts.Now }, Facts.Status(Facts.Answering(shared, answer => answer with { Spool = spool })).Spool);
    }
}
