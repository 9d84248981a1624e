using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Tests.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

public sealed class ProbeScheduleTests : IDisposable
{
    private readonly Pond _pond = new();

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void Probes_come_at_the_interval_give_or_take_a_tenth()
    {
        var hub = _pond.Hub();
        Assert.Equal(4.5, ProbeSchedule.Delay(hub, 0).TotalSeconds, 6);
        Assert.Equal(5, ProbeSchedule.Delay(hub, 0.5).TotalSeconds, 6);
        Assert.Equal(5.5, ProbeSchedule.Delay(hub, 1).TotalSeconds, 6);
    }

    [Fact]
    public void A_suspect_is_probed_every_second_for_three_seconds_at_most()
    {
        var hub = _pond.Hub();
        Assert.Equal(5, ProbeSchedule.Timeout(hub).TotalSeconds);

        hub.Health.Suspect("silent");

        Assert.Equal(1, ProbeSchedule.Delay(hub, 1).TotalSeconds);
        Assert.Equal(3, ProbeSchedule.Timeout(hub).TotalSeconds);
    }

    [Fact]
    public void A_shorter_configured_time_out_holds_for_suspects_too()
    {
        _pond.Health = _pond.Health with { Probe = _pond.Health.Probe with { TimeoutSeconds = 2 } };
        var hub = _pond.Hub();
        hub.Health.Suspect("silent");

        Assert.Equal(2, ProbeSchedule.Timeout(hub).TotalSeconds);
    }

    [Fact]
    public void After_a_failed_probe_the_next_comes_within_a_second_until_the_hub_is_down()
    {
        var hub = _pond.Hub();
        hub.Health.ProbeFailed("no answer");
        Assert.Equal(1, ProbeSchedule.Delay(hub, 0.5).TotalSeconds);

        hub.Health.ProbeFailed("no answer");

        Assert.Equal(HubHealthState.Down, hub.Health.State);
        Assert.Equal(5, ProbeSchedule.Delay(hub, 0.5).TotalSeconds, 6);
    }

    [Fact]
    public void A_hub_whose_ejection_is_over_need_not_wait_a_long_interval_for_its_return()
    {
        _pond.Health = _pond.Health with { Probe = _pond.Health.Probe with { IntervalSeconds = 3600 } };
        var hub = _pond.Hub();
        hub.Health.Eject("fails");
        Assert.Equal(3600, ProbeSchedule.Delay(hub, 0.5).TotalSeconds, 6);

        _pond.Pass(10);

        Assert.Equal(1, ProbeSchedule.Delay(hub, 0.5).TotalSeconds);
    }

    [Fact]
    public void Proof_by_traffic_or_a_probe_makes_probes_needless_for_most_of_an_interval()
    {
        var hub = _pond.Hub();
        Assert.False(ProbeSchedule.IsDue(hub, _pond.Time));
        _pond.Pass(4.4);
        hub.Health.Succeeded(onTrial: false);
        _pond.Pass(4.4);
        Assert.False(ProbeSchedule.IsDue(hub, _pond.Time));

        _pond.Pass(0.1);

        Assert.True(ProbeSchedule.IsDue(hub, _pond.Time));
    }

    [Fact]
    public void Whatever_is_not_healthy_is_probed()
    {
        var unheard = _pond.Unheard();
        var suspect = _pond.Hub();
        suspect.Health.Suspect("silent");
        var ejected = _pond.Hub();
        ejected.Health.Eject("fails");
        var down = _pond.Hub();
        _pond.Down(down);
        var doubted = _pond.Hub();
        doubted.Health.ProbeFailed("no answer");

        Assert.All([unheard, suspect, ejected, down, doubted], hub => Assert.True(ProbeSchedule.IsDue(hub, _pond.Time)));
    }

    [Fact]
    public void A_disabled_hub_is_left_alone_and_a_draining_one_is_not()
    {
        Assert.False(ProbeSchedule.IsDue(_pond.Unheard(config => config with { State = HubAdministrativeState.Disabled }), _pond.Time));
        Assert.True(ProbeSchedule.IsDue(_pond.Unheard(config => config with { State = HubAdministrativeState.Draining }), _pond.Time));
    }

    [Theory]
    [InlineData(ProbeDepth.Connect, ProbeDepth.Auth)]
    [InlineData(ProbeDepth.Ehlo, ProbeDepth.Auth)]
    [InlineData(ProbeDepth.Recipient, ProbeDepth.Recipient)]
    public void A_hub_that_failed_under_traffic_must_do_what_mail_needs_before_it_returns(ProbeDepth configured, ProbeDepth expected)
    {
        _pond.Health = _pond.Health with { Probe = _pond.Health.Probe with { Depth = configured } };
        var hub = _pond.Hub();

        hub.Health.Eject("logins fail");

        Assert.Equal(expected, ProbeSchedule.Depth(hub));
    }

    [Fact]
    public void A_hub_that_was_the_pool_itself_is_asked_for_its_name_in_no_hurry()
    {
        _pond.Health = _pond.Health with { Probe = _pond.Health.Probe with { Depth = ProbeDepth.Connect } };
        var hub = _pond.Hub();
        Assert.Equal(ProbeDepth.Connect, ProbeSchedule.Depth(hub));

        hub.Health.Eject("the pool itself", isLoop: true);
        _pond.Pass(20);
        hub.Health.ProbeFailed("no answer");

        Assert.Equal(ProbeDepth.Ehlo, ProbeSchedule.Depth(hub));
        Assert.Equal(5, ProbeSchedule.Delay(hub, 0.5).TotalSeconds, 6);
    }
}
