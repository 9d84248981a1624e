using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Kinds;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Failover;

/// <summary>A leader that comes to itself when another one leads must not act on what it believes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FrozenLeaderTests : OperatorPair
{
    [Fact]
    public async Task A_frozen_leader_that_goes_on_when_another_leads_writes_nothing_and_ends()
    {
        await First.Process.SignalAsync("STOP");
        await AddHubAsync("ht02");
        await Eventually.True(() => Leader == "second", "the second one leads", TakeOverSeconds);
        await Eventually.True(() => IsInConfiguration("ht02"), "the new hub is served");

        Server.Log.Clear();
        // Time to do harm: whose the Lease is it hears late, and the work that both hear of the second one does late.
        using var late = Server.Faults.Delay(TimeSpan.FromSeconds(4), request => request is { User: "first", Resource: "leases" });
        using var slow = Server.Faults.Delay(TimeSpan.FromSeconds(4), request => request is { User: "second", Resource: "roles", IsWrite: true });
        Server.Cluster.Delete(BuiltInKinds.Role, Space, "corp");
        await First.Process.SignalAsync("CONT");

        Assert.NotEqual(0, await First.Process.ExitAsync(30));
        Assert.Contains(First.Process.Output, line => line.Contains("leads no more", StringComparison.Ordinal));
        Assert.Empty(WritesOf("first"));
        await Eventually.True(() => Server.Cluster.Get(BuiltInKinds.Role, Space, "corp") is not null, "the second one has done it", 30);
        Assert.Equal("second", Leader);
    }
}
