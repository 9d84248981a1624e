using System.Collections.Immutable;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Tests.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

public sealed class ComparisonLedgerTests : IDisposable
{
    private readonly Pond _pond = new();
    private readonly Hub _hub;
    private readonly Hub _other;
    private readonly EjectionGuard _guard;
    private readonly ComparisonLedger _ledger;

    public ComparisonLedgerTests()
    {
        (_hub, _other) = (_pond.Hub(), _pond.Hub());
        ImmutableArray<Route> routes = [Pond.Route(_hub, _other)];
        _guard = new EjectionGuard(() => routes);
        _ledger = new ComparisonLedger(_guard);
    }

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void So_many_refusals_in_a_row_from_two_senders_of_what_others_take_eject_a_hub()
    {
        Refuse("a@x.test", "a@x.test");
        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);

        Refuse("b@x.test");

        Assert.Equal((HubHealthState.Ejected, "refuses mail that other hubs take"), (_hub.Health.State, _hub.Health.Reason));
    }

    [Fact]
    public void One_sender_alone_ejects_no_hub_however_often()
    {
        for (var i = 0; i < 50; i++)
        {
            Refuse("a@x.test");
        }

        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);
        Refuse("");
        Assert.Equal(HubHealthState.Ejected, _hub.Health.State);
    }

    [Fact]
    public void A_delivery_in_between_begins_the_count_anew()
    {
        Refuse("a@x.test", "b@x.test");
        _ledger.Accepted(_hub);
        Refuse("a@x.test", "b@x.test");

        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);
    }

    [Fact]
    public void Hubs_are_counted_apart()
    {
        Refuse("a@x.test", "b@x.test");
        _ledger.Record(_other, "c@x.test");

        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);
        Assert.Equal(HubHealthState.Healthy, _other.Health.State);
    }

    [Fact]
    public void After_an_ejection_the_count_begins_anew()
    {
        Refuse("a@x.test", "b@x.test", "c@x.test");
        _hub.Health.Succeeded(onTrial: true);

        Refuse("d@x.test", "e@x.test");

        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);
    }

    [Fact]
    public void A_hub_that_cannot_be_spared_yet_is_ejected_at_its_next_refusal_when_it_can()
    {
        _guard.Failed(_other, FailureKind.ConnectRefused, "refused");
        Refuse("a@x.test", "b@x.test", "c@x.test");
        Assert.Equal(HubHealthState.Healthy, _hub.Health.State);
        _other.Health.Succeeded(onTrial: true);

        Refuse("d@x.test");

        Assert.Equal(HubHealthState.Ejected, _hub.Health.State);
    }

    private void Refuse(params string[] senders)
    {
        foreach (var sender in senders)
        {
            _ledger.Record(_hub, sender);
        }
    }
}
