using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Faults;

/// <summary>Events that are told twice, or the later one first.</summary>
public sealed class EventOrderTests : RunningOperator
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_state_is_what_counts(bool twice)
    {
        await ServeAsync("corp", "well");
        using var fault = twice ? Line.Faults.DuplicateEvents(static _ => true) : Line.Faults.ReorderEvents(static _ => true);

        await CreateHubAsync("ht03");
        await Admin.MergeAsync(ResourceKind.HubTransport, Key("ht03"), Json("""{"spec":{"host":"moved.example"}}"""), Cancel);
        await CreateHubAsync("ht04");
        await Admin.MergeAsync(ResourceKind.HubTransport, Key("ht04"), Json("""{"spec":{"weight":7}}"""), Cancel);
        await DeleteAsync(ResourceKind.HubTransport, "ht04");

        foreach (var pool in new[] { "corp", "well" })
        {
            await Eventually.True(
                async () => await PoolJsonAsync(pool) is var json
                    && json.Contains("moved.example", StringComparison.Ordinal)
                    && !json.Contains("ht03.example", StringComparison.Ordinal)
                    && !json.Contains("ht04", StringComparison.Ordinal),
                $"{pool} has the last state");
            await ServedAsync(pool);
        }
    }
}
