using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Tests.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

public sealed class EjectionGuardTests : IDisposable
{
    private readonly Pond _pond = new();
    private ImmutableArray<Route> _routes = [];

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void A_refused_connect_ejects_at_once_and_has_no_bound()
    {
        var hubs = Tier(3);
        foreach (var hub in hubs)
        {
            Guard().Failed(hub, FailureKind.ConnectRefused, "refused");
        }

        Assert.All(hubs, hub => Assert.Equal(HubHealthState.Ejected, hub.Health.State));
    }

    [Theory]
    [InlineData(FailureKind.ConnectFailed)]
    [InlineData(FailureKind.TimedOut)]
    [InlineData(FailureKind.Reset)]
    [InlineData(FailureKind.ProtocolError)]
    [InlineData(FailureKind.TlsOrAuth)]
    public void Softer_signals_eject_after_so_many_in_a_row(FailureKind kind)
    {
        var hub = Tier(2)[0];
        Guard().Failed(hub, kind, "fails");
        Guard().Failed(hub, kind, "fails");
        Assert.Equal(HubHealthState.Healthy, hub.Health.State);

        Guard().Failed(hub, kind, "fails");

        Assert.Equal(HubHealthState.Ejected, hub.Health.State);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    public void Soft_signals_never_eject_more_than_half_of_a_tier_rounded_up(int size, int atMost)
    {
        var hubs = Tier(size);
        foreach (var hub in hubs)
        {
            FailSoftly(hub);
        }

        Assert.Equal(atMost, hubs.Count(hub => hub.Health.State == HubHealthState.Ejected));
    }

    [Fact]
    public void A_hub_that_could_not_be_spared_goes_with_its_next_failure_once_another_is_back()
    {
        var hubs = Tier(2);
        FailSoftly(hubs[0]);
        FailSoftly(hubs[1]);
        Assert.Equal(HubHealthState.Healthy, hubs[1].Health.State);
        hubs[0].Health.Succeeded(onTrial: true);

        Guard().Failed(hubs[1], FailureKind.Reset, "fails");

        Assert.Equal(HubHealthState.Ejected, hubs[1].Health.State);
    }

    [Fact]
    public void Hubs_that_are_down_count_as_gone_already()
    {
        var hubs = Tier(2);
        _pond.Down(hubs[0]);

        FailSoftly(hubs[1]);

        Assert.Equal(HubHealthState.Healthy, hubs[1].Health.State);
    }

    [Fact]
    public void Hubs_that_take_no_new_mail_by_their_owners_wish_do_not_count()
    {
        Hub[] hubs =
        [
            _pond.Hub(),
            _pond.Hub(),
            _pond.Hub(config => config with { State = HubAdministrativeState.Draining }),
            _pond.Hub(config => config with { State = HubAdministrativeState.Disabled }),
            _pond.Hub(config => config with { Weight = 0 }),
        ];
        _routes = [Pond.Route(hubs)];

        FailSoftly(hubs[0]);
        FailSoftly(hubs[1]);

        Assert.Equal(HubHealthState.Healthy, hubs[1].Health.State);
    }

    [Fact]
    public void Hubs_of_other_tiers_do_not_count()
    {
        Hub[] hubs = [_pond.Hub(), _pond.Hub(), _pond.Hub(config => config with { Tier = 1 }), _pond.Hub(config => config with { Tier = 1 })];
        _routes = [Pond.Route(hubs)];

        FailSoftly(hubs[0]);
        FailSoftly(hubs[1]);

        Assert.Equal(HubHealthState.Healthy, hubs[1].Health.State);
    }

    [Fact]
    public void The_bound_holds_for_each_route_by_itself()
    {
        Hub[] own = [_pond.Hub(), _pond.Hub()];
        Hub[] partners = [_pond.Hub(), _pond.Hub()];
        _routes = [Pond.Route(own), Pond.Route(partners)];

        FailSoftly(own[0]);
        FailSoftly(own[1]);

        Assert.Equal(HubHealthState.Healthy, own[1].Health.State);
    }

    [Fact]
    public void A_hub_that_one_of_its_routes_cannot_spare_stays()
    {
        var shared = _pond.Hub();
        var other = _pond.Hub();
        _routes = [Pond.Route(shared, _pond.Hub(), _pond.Hub()), Pond.Route(shared, other)];
        FailSoftly(other);

        FailSoftly(shared);

        Assert.Equal(HubHealthState.Healthy, shared.Health.State);
    }

    [Fact]
    public void A_loop_ejects_whatever_else_is_out()
    {
        var hubs = Tier(2);
        FailSoftly(hubs[0]);

        Guard().Failed(hubs[1], FailureKind.Loop, "the pool itself");

        Assert.True(hubs[1].Health.IsLoop);
    }

    [Fact]
    public async Task Hubs_that_fail_at_the_same_moment_do_not_slip_past_the_bound()
    {
        for (var round = 0; round < 200; round++)
        {
            var hubs = Tier(2);
            var guard = Guard();
            using var start = new Barrier(2);
            await Task.WhenAll(hubs.Select(hub => Task.Run(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                for (var i = 0; i < 3; i++)
                {
                    guard.Failed(hub, FailureKind.Reset, "fails");
                }
            })));

            Assert.Single(hubs, hub => hub.Health.State == HubHealthState.Ejected);
        }
    }

    private Hub[] Tier(int size)
    {
        Hub[] hubs = [.. Enumerable.Range(0, size).Select(_ => _pond.Hub())];
        _routes = [Pond.Route(hubs)];
        return hubs;
    }

    private EjectionGuard Guard() => new(() => _routes);

    private void FailSoftly(Hub hub)
    {
        for (var i = 0; i < 3; i++)
        {
            Guard().Failed(hub, FailureKind.Reset, "fails");
        }
    }
}
