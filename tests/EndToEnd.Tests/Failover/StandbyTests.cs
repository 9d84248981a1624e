using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Kinds;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Failover;

/// <summary>A standby waits, and follows at once when it is told to.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StandbyTests : OperatorPair
{
    // Two looks at the Lease.
    private const double AtOnceSeconds = 5;

    [Fact]
    public async Task One_of_two_leads_and_the_other_is_ready_writes_nothing_and_leads_at_once_when_the_leader_is_told_to_leave()
    {
        await AddHubAsync("ht02");
        await Eventually.True(() => IsInConfiguration("ht02"), "the change is served");
        Assert.Equal("first", Leader);
        Assert.True(await First.IsReadyAsync());
        Assert.True(await Second.IsReadyAsync());
        Assert.Empty(WritesOf("second"));

        Server.Log.Clear();
        await First.Process.SignalAsync("TERM");
        await Eventually.True(() => Leader == "second", "the second one leads", AtOnceSeconds);
        Assert.Equal(0, await First.Process.ExitAsync());
        // Nothing after it has given the Lease back.
        Assert.Equal("leases", Server.Log.Writes.Last(request => request.User == "first").Resource);

        Server.Cluster.Delete(BuiltInKinds.Role, Space, "corp");
        await AddHubAsync("ht03");
        await Eventually.True(() => IsInConfiguration("ht03") && Server.Cluster.Get(BuiltInKinds.Role, Space, "corp") is not null, "the second one serves");
        Assert.True(await Second.IsReadyAsync());
    }
}
