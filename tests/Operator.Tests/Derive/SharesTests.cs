using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class SharesTests
{
    [Theory]
    [InlineData(20, 1, 20)]
    [InlineData(20, 3, 6)]
    [InlineData(20, 20, 1)]
    [InlineData(20, 21, 1)]
    public void A_pod_may_use_its_part_of_the_connections_but_always_one(int whole, int pods, int part) =>
        Assert.Equal(part, Shared(pods, new HubLimitsSpec { Scope = HubLimitScope.Pool, MaxConnections = whole }).MaxConnections);

    [Theory]
    [InlineData(0, 3, 0)]
    [InlineData(100, 3, 33)]
    [InlineData(2, 3, 1)]
    public void Messages_a_minute_are_divided_likewise_and_no_limit_stays_none(int whole, int pods, int part) =>
        Assert.Equal(part, Shared(pods, new HubLimitsSpec { Scope = HubLimitScope.Pool, MessagesPerMinute = whole }).MessagesPerMinute);

    [Fact]
    public void A_limit_of_each_pod_is_not_divided()
    {
        var limits = Shared(5, new HubLimitsSpec { MaxConnections = 20, MessagesPerMinute = 60 });
        Assert.Equal((20, 60), (limits.MaxConnections, limits.MessagesPerMinute));
    }

    [Fact]
    public void The_wanted_and_the_existing_pods_count_whichever_are_more()
    {
        var pool = Reading.Pool(spec => spec with { Replicas = 3 });
        Assert.Equal(3, Of(pool));
        Assert.Equal(4, Of(pool with { Pods = [.. Enumerable.Range(0, 4).Select(i => Reading.Pod($"corp-{i}") with { Terminating = i == 3 })] }));
        Assert.Equal(6, Of(pool with { Deployment = new GatheredWorkload { Replicas = 6 } }));
        Assert.Equal(1, Of(Reading.Pool(spec => spec with { Replicas = 0 })));

        static int Of(GatheredPool pool) => PoolResources.For(pool, Reading.Settings).Shares.Pods;
    }

    [Fact]
    public void Pods_are_added_when_those_that_run_have_given_up_their_part()
    {
        var pool = Reading.Pool(spec => spec with { Replicas = 3 }) with
        {
            Hubs = [Reading.Hub("ht01", hub => hub with { Limits = new HubLimitsSpec { Scope = HubLimitScope.Pool } })],
            Deployment = new GatheredWorkload { Replicas = 1 },
        };
        var hash = PoolResources.For(pool, Reading.Settings).Config.Hash;
        Assert.Equal(1, Replicas(pool with { Pods = [Reading.Pod("a", Reading.Answer(pool, "a", "older"))] }));
        Assert.Equal(3, Replicas(pool with { Pods = [Reading.Pod("a", Reading.Answer(pool, "a", hash))] }));
        Assert.Equal(1, Replicas(pool with { Pods = [Reading.Pod("a")] }));
        Assert.Equal(3, Replicas(pool with { Pods = [Reading.Pod("a")], WaitForPodsIsOver = true }));
        var stuck = pool with
        {
            Written = Reading.Written(PoolResources.For(pool, Reading.Settings)),
            Pods = [Reading.Pod("a", Reading.Answer(pool, "a", hash))],
            Pool = pool.Pool with { Spec = pool.Pool.Spec with { Spool = new SpoolSpec { Postgres = new SpoolPostgresSpec { ConnectionSecretRef = new SecretReference { Name = "db" } } } } },
        };
        Assert.Equal(1, Replicas(stuck));
        Assert.Equal(3, Replicas(pool with { Hubs = [Reading.Hub("ht01")], Pods = [Reading.Pod("a")] }));

        static int? Replicas(GatheredPool pool) => Reading.Single<V1Deployment>(pool).Spec.Replicas;
    }

    private static HubLimitsConfig Shared(int pods, HubLimitsSpec limits)
    {
        var pool = Reading.Pool() with { Hubs = [Reading.Hub("ht01", hub => hub with { Limits = limits })] };
        var config = PoolConfigRenderer.Render(new PoolObjects(pool.Pool, pool.Hubs, []));
        return new Shares(pods).Share(config.Hubs[0], limits).Limits;
    }
}
