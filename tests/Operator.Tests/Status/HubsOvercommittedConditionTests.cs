using RelayOperator.Api;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class HubsOvercommittedConditionTests
{
    [Theory]
    [InlineData(HubLimitScope.Pool, 2, 0, false)]
    [InlineData(HubLimitScope.Pool, 1, 0, true)]
    [InlineData(HubLimitScope.Pool, 2, 1, true)]
    [InlineData(HubLimitScope.PerPod, 1, 1, false)]
    public void Less_than_one_for_each_pod_is_too_little(HubLimitScope scope, int connections, int messages, bool overcommitted)
    {
        GatheredPool pool = Facts.Serving() with
        {
            Hubs = [Reading.Hub("ht01", hub => hub with { Limits = new HubLimitsSpec { Scope = scope, MaxConnections = connections, MessagesPerMinute = messages } })],
        };
        var told = Facts.Told("HubsOvercommitted", pool);
        Assert.Equal(overcommitted, told is not null);
        Assert.True(!overcommitted || told!.StartsWith("True MorePodsThanConnections: 2 pods share the limits of ht01,", StringComparison.Ordinal));
    }
}
