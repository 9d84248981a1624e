using RelayOperator.Relay.Tests.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

public sealed class HubTests : IDisposable
{
    private readonly Pond _pond = new();

    public void Dispose() => _pond.Dispose();

    [Fact]
    public void A_hub_whose_messages_are_used_up_loses_no_place_and_no_trial_to_those_who_ask()
    {
        var hub = _pond.Hub(config => config with { Limits = config.Limits with { MessagesPerMinute = 1 } });
        while (hub.TryEnter())
        {
            hub.Concurrency.Exit();
        }

        Assert.False(hub.HasRoom);
        Assert.False(hub.TryBeginTrial());
        Assert.Equal(0, hub.InFlight);

        hub.Rate.Resize(0);
        Assert.True(hub.TryBeginTrial());
        Assert.False(hub.TryBeginTrial());
        Assert.Equal(1, hub.InFlight);
    }
}
