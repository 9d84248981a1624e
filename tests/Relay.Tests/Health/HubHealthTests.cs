using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Tests.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

public sealed class HubHealthTests : IDisposable
{
    private readonly Pond _pond = new();

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void A_hub_that_was_never_heard_takes_mail_and_the_first_good_probe_makes_it_healthy_at_full_share()
    {
        var health = _pond.Unheard().Health;
        Assert.Equal(HubHealthState.Unknown, health.State);
        Assert.True(health.TakesNewMail);

        health.ProbeSucceeded();

        Assert.Equal(HubHealthState.Healthy, health.State);
        Assert.Equal(1, health.Share());
    }

    [Fact]
    public void So_many_failed_probes_in_a_row_take_a_hub_down_and_so_many_good_ones_bring_it_back()
    {
        var health = _pond.Hub().Health;

        health.ProbeFailed("no answer");
        health.ProbeSucceeded();
        health.ProbeFailed("no answer");
        Assert.Equal(HubHealthState.Healthy, health.State);
        health.ProbeFailed("still no answer");
        Assert.Equal((HubHealthState.Down, "still no answer"), (health.State, health.Reason));
        Assert.False(health.TakesNewMail);

        health.ProbeSucceeded();
        health.ProbeFailed("no answer");
        health.ProbeSucceeded();
        Assert.Equal(HubHealthState.Down, health.State);
        health.ProbeSucceeded();
        Assert.Equal(HubHealthState.Healthy, health.State);
    }

    [Fact]
    public void Ejections_double_up_to_the_longest_and_begin_anew_after_long_health()
    {
        var health = _pond.Hub().Health;
        foreach (var seconds in new[] { 10, 20, 40, 80, 160, 300, 300 })
        {
            health.Eject("fails");
            AssertOutFor(health, seconds);
        }

        _pond.Pass(299);
        health.Eject("fails");
        AssertOutFor(health, 300);
        _pond.Pass(300);
        health.Eject("fails");
        AssertOutFor(health, 10);
    }

    [Fact]
    public void Health_before_an_ejection_does_not_shorten_the_ones_that_follow_it_without_a_return()
    {
        var health = _pond.Hub().Health;
        _pond.Pass(3600);
        health.Eject("fails");
        _pond.Pass(10);

        health.Eject("fails on trial");

        AssertOutFor(health, 20);
    }

    [Fact]
    public void A_hub_that_is_out_already_is_not_ejected_for_longer()
    {
        var health = _pond.Hub().Health;
        health.Eject("first");
        _pond.Pass(5);
        health.Eject("second");

        Assert.Equal("first", health.Reason);
        AssertOutFor(health, 5);
        health.Eject("third");
        AssertOutFor(health, 20);
    }

    [Fact]
    public void Refused_connects_of_a_hub_that_is_down_are_no_news()
    {
        var hub = _pond.Hub();
        _pond.Down(hub);
        var since = hub.Health.Since;
        var changes = 0;
        hub.Health.Changed += () => changes++;

        for (var i = 0; i < 20; i++)
        {
            _pond.Pass(5);
            hub.Health.ProbeFailed("refused");
            hub.Health.Eject("refused");
        }

        Assert.Equal((0, since, HubHealthState.Down), (changes, hub.Health.Since, hub.Health.State));
        hub.Health.ProbeSucceeded();
        hub.Health.ProbeSucceeded();
        hub.Health.Eject("fails");
        AssertOutFor(hub.Health, 10);
    }

    [Fact]
    public void What_was_under_way_when_a_hub_was_ejected_does_not_end_the_ejection()
    {
        var health = _pond.Hub().Health;
        health.Eject("refused");

        health.Succeeded(onTrial: false);

        Assert.Equal(HubHealthState.Ejected, health.State);
        _pond.Pass(10);
        health.Succeeded(onTrial: false);
        Assert.Equal(HubHealthState.Healthy, health.State);
    }

    [Fact]
    public void A_trial_that_succeeds_ends_an_ejection_and_the_hub_ramps_up()
    {
        var health = _pond.Hub().Health;
        health.Eject("refused");

        health.Succeeded(onTrial: true);

        Assert.Equal(HubHealthState.Healthy, health.State);
        Assert.Equal(0.1, health.Share(), 3);
    }

    [Fact]
    public void A_returning_hub_ramps_up_from_a_tenth_over_the_slow_start()
    {
        var hub = _pond.Hub();
        _pond.Down(hub);
        hub.Health.ProbeSucceeded();
        hub.Health.ProbeSucceeded();

        Assert.Equal(0.1, hub.Health.Share(), 3);
        _pond.Pass(15);
        Assert.Equal(0.55, hub.Health.Share(), 3);
        _pond.Pass(15);
        Assert.Equal(1, hub.Health.Share());
    }

    [Fact]
    public void Without_a_slow_start_a_returning_hub_has_its_whole_share_at_once()
    {
        _pond.SlowStartSeconds = 0;
        var health = _pond.Hub().Health;
        health.Eject("fails");
        _pond.Pass(10);
        health.ProbeSucceeded();

        Assert.Equal(1, health.Share());
    }

    [Fact]
    public void A_suspect_takes_no_new_mail_until_one_good_probe_clears_it_without_slow_start()
    {
        var health = _pond.Hub().Health;
        health.Suspect("silent");
        Assert.Equal((HubHealthState.Suspect, false), (health.State, health.TakesNewMail));

        health.ProbeSucceeded();

        Assert.Equal(HubHealthState.Healthy, health.State);
        Assert.Equal(1, health.Share());
    }

    [Fact]
    public void A_suspect_whose_probes_fail_is_down()
    {
        var hub = _pond.Hub();
        hub.Health.Suspect("silent");
        _pond.Down(hub);

        Assert.Equal(HubHealthState.Down, hub.Health.State);
        hub.Health.Suspect("silent");
        Assert.Equal(HubHealthState.Down, hub.Health.State);
    }

    [Fact]
    public void Being_suspected_in_a_slow_start_does_not_cut_the_slow_start_short()
    {
        var health = _pond.Hub().Health;
        health.Eject("fails");
        _pond.Pass(10);
        health.ProbeSucceeded();
        _pond.Pass(15);
        health.Suspect("silent");
        health.ProbeSucceeded();

        Assert.Equal(0.55, health.Share(), 3);
    }

    [Fact]
    public void Delivered_mail_outweighs_failed_probes()
    {
        var hub = _pond.Hub();
        hub.Health.ProbeFailed("no answer");
        hub.Health.Succeeded(onTrial: false);
        Assert.Equal(0, hub.Health.ProbeFailures);
        hub.Health.ProbeFailed("no answer");
        Assert.Equal(HubHealthState.Healthy, hub.Health.State);
        hub.Health.ProbeFailed("no answer");
        Assert.Equal(HubHealthState.Down, hub.Health.State);

        hub.Health.Succeeded(onTrial: false);
        hub.Health.ProbeFailed("no answer");

        Assert.Equal(HubHealthState.Healthy, hub.Health.State);
    }

    [Fact]
    public void Failures_count_in_a_row()
    {
        var health = _pond.Hub().Health;
        Assert.False(health.CountFailure());
        Assert.False(health.CountFailure());
        health.Succeeded(onTrial: false);
        Assert.False(health.CountFailure());
        Assert.False(health.CountFailure());
        Assert.True(health.CountFailure());
    }

    [Fact]
    public void A_hub_that_is_out_and_turns_out_to_be_the_pool_itself_is_known_as_that()
    {
        var ejected = _pond.Hub();
        ejected.Health.Eject("fails");
        var down = _pond.Hub();
        _pond.Down(down);

        ejected.Health.Eject("the pool itself", isLoop: true);
        down.Health.Eject("the pool itself", isLoop: true);

        Assert.True(ejected.Health.IsLoop);
        Assert.True(down.Health.IsLoop);
        Assert.Equal(HubHealthState.Ejected, down.Health.State);
    }

    [Fact]
    public void A_loop_ends_only_when_a_probe_hears_another_hub_after_the_ejection()
    {
        var health = _pond.Hub().Health;
        health.Eject("the pool itself", isLoop: true);
        health.ProbeSucceeded();
        Assert.True(health.IsLoop);
        _pond.Pass(10);
        health.Succeeded(onTrial: true);
        Assert.True(health.IsLoop);

        health.ProbeSucceeded();

        Assert.Equal((false, HubHealthState.Healthy), (health.IsLoop, health.State));
    }

    [Fact]
    public void A_changed_configuration_holds_from_the_next_verdict_on()
    {
        var health = _pond.Hub().Health;
        health.Update(new HealthConfig(new ProbeConfig(ProbeDepth.Ehlo, 5, 5, 1, 1), new EjectionConfig(1, 7, 300)), 10);

        Assert.True(health.CountFailure());
        health.Eject("fails");
        AssertOutFor(health, 7);
        health.ProbeFailed("no answer");
        Assert.Equal(HubHealthState.Down, health.State);
        health.ProbeSucceeded();
        _pond.Pass(5);
        Assert.Equal(0.55, health.Share(), 3);
    }

    [Fact]
    public void Changes_are_announced_with_the_new_state_in_place_and_nothing_else_is()
    {
        var health = _pond.Unheard().Health;
        List<HubHealthState> seen = [];
        health.Changed += () => seen.Add(health.State);

        health.ProbeSucceeded();
        health.ProbeSucceeded();
        health.Succeeded(onTrial: false);
        health.Suspect("silent");
        health.Suspect("silent");
        health.Eject("fails");

        Assert.Equal([HubHealthState.Healthy, HubHealthState.Suspect, HubHealthState.Ejected], seen);
    }

    // A probe just before the end does not bring it back, one at the end does.
    private void AssertOutFor(HubHealth health, double seconds)
    {
        _pond.Pass(seconds - 0.001);
        health.ProbeSucceeded();
        Assert.Equal((HubHealthState.Ejected, false), (health.State, health.AwaitsReturn));
        _pond.Pass(0.001);
        Assert.True(health.AwaitsReturn);
        health.ProbeSucceeded();
        Assert.Equal(HubHealthState.Healthy, health.State);
    }
}
