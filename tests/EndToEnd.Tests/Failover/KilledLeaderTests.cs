using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Kinds;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Failover;

/// <summary>A leader that is gone from one moment to the next leaves nothing undone.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KilledLeaderTests : OperatorPair
{
    [Fact]
    public async Task The_standby_of_a_killed_leader_leads_within_20_s_and_does_what_came_meanwhile()
    {
        await First.Process.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        await AddHubAsync("ht02");
        Server.Cluster.Delete(BuiltInKinds.NetworkPolicy, Space, "corp");

        await Eventually.True(() => Leader == "second", "the second one leads", TakeOverSeconds - TimeProvider.System.GetElapsedTime(killed).TotalSeconds);
        await Eventually.True(() => IsInConfiguration("ht02"), "the new hub is served");
        await Eventually.True(() => Server.Cluster.Get(BuiltInKinds.NetworkPolicy, Space, "corp") is not null, "the NetworkPolicy is back");
    }
}
