using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class HubStatusTests
{
    [Fact]
    public void Each_pool_says_how_many_of_its_pods_see_the_hub_and_how()
    {
        var status = HubStatusOf.Hub(Hub(HubAdministrativeState.Active, In("b", Saw(true)), In("a", Saw(true), Saw(false, error: "refused"), null)), Facts.Now);
        Assert.Equal(["a", "b"], status.Pools.Select(pool => pool.Pool));
        var a = status.Pools[0];
        Assert.Equal((3, 2, 1, "refused"), (a.Pods, a.RegisteredPods, a.HealthyPods, a.LastError));
        Assert.Equal(["Registered False Waiting", "Healthy True PartlyHealthy"], Told(a.Conditions));
        Assert.Equal(["Registered True Registered", "Healthy True Healthy"], Told(status.Pools[1].Conditions));
        Assert.Equal(["Registered False Waiting", "Healthy True PartlyHealthy"], Told(status.Conditions));
        Assert.StartsWith("pool a: ", status.Conditions[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_draining_hub_is_drained_when_every_pod_knows_it_and_has_nothing_in_flight()
    {
        Assert.Equal("Drained True Empty", Drained(In("a", Saw(true, draining: true), Saw(true, draining: true))));
        Assert.Equal("Drained False InFlight", Drained(In("a", Saw(true, draining: true), Saw(true, draining: true, inFlight: 1))));
        Assert.Equal("Drained False Waiting", Drained(In("a", Saw(true, draining: true), Saw(true))));
        Assert.Equal("Drained Unknown NoPodAnswers", Drained(In("a", Saw(true, draining: true), null)));
        Assert.Equal("Drained False InFlight", Drained(In("a", Saw(true, draining: true)), In("b", Saw(true, draining: true, inFlight: 1))));
        Assert.Equal("Drained True Empty", Drained());

        static string Drained(params HubInPool[] pools) => Told(HubStatusOf.Hub(Hub(HubAdministrativeState.Draining, pools), Facts.Now).Conditions)[^1];
    }

    [Fact]
    public void A_hub_that_no_pool_selects_says_so() =>
        Assert.Equal(["Registered False NoPool"], Told(HubStatusOf.Hub(Hub(HubAdministrativeState.Active), Facts.Now).Conditions));

    [Fact]
    public void A_hub_that_a_pool_leaves_out_says_why()
    {
        var status = HubStatusOf.Hub(Hub(HubAdministrativeState.Active, In("a", Saw(true)) with { LeftOut = "there is no Secret ca" }), Facts.Now);
        Assert.Equal("Registered False LeftOut", Told(status.Conditions)[0]);
        Assert.Equal("there is no Secret ca", status.Pools[0].Conditions[0].Message);
    }

    [Fact]
    public void The_time_of_a_pools_condition_stays_while_its_status_does()
    {
        var hub = Hub(HubAdministrativeState.Active, In("a", Saw(true)));
        var before = HubStatusOf.Hub(hub, Facts.Now.AddHours(-1));
        var after = HubStatusOf.Hub(hub with { Status = before }, Facts.Now);
        Assert.Equal(before.Pools[0].Conditions, after.Pools[0].Conditions);
        Assert.Equal(before.Conditions, after.Conditions);
    }

    private static GatheredHub Hub(HubAdministrativeState state, params HubInPool[] pools) =>
        new(Reading.Hub("ht01", hub => hub with { State = state }), 2, null, [.. pools]);

    private static HubInPool In(string pool, params HubAnswer?[] seen) =>
        new(pool, [.. seen.Select((answer, i) => Reading.Pod($"{pool}-{i}", answer is null ? null : new PodAnswer { Hubs = [answer] }))], "");

    private static HubAnswer Saw(bool healthy, bool draining = false, int inFlight = 0, string error = "") => new("ht01", healthy, draining, inFlight, error);

    private static string[] Told(IEnumerable<Condition> conditions) =>
        [.. conditions.Select(condition => $"{condition.Type} {condition.Status} {condition.Reason}")];
}
