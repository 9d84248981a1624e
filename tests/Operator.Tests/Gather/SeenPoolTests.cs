using System.Text.Json;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Gather;

/// <summary>Most news of a pool are of its status: then it is not read and judged anew.</summary>
public sealed class SeenPoolTests
{
    private const string Pool = """
        {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool",
         "metadata":{"name":"corp","namespace":"mail","uid":"1","resourceVersion":"7","generation":1},
         "spec":{"replicas":2,"listeners":[{"name":"smtp","port":25}]},"status":{"replicas":1}}
        """;

    [Theory]
    [InlineData("\"replicas\":1", "\"replicas\":2", true)]
    [InlineData("\"resourceVersion\":\"7\"", "\"resourceVersion\":\"8\"", true)]
    [InlineData("\"replicas\":2", "\"replicas\":3", false)]
    [InlineData("\"uid\":\"1\"", "\"uid\":\"2\"", false)]
    [InlineData("\"generation\":1", "\"labels\":{\"a\":\"b\"}", false)]
    [InlineData("\"generation\":1", "\"annotations\":{\"relayoperator.io/paused\":\"true\"}", false)]
    public void It_is_read_anew_when_anything_but_its_status_changed(string part, string now, bool isSame)
    {
        var before = Read(Pool, null);
        var after = Read(Pool.Replace(part, now, StringComparison.Ordinal), before);

        Assert.Equal(isSame, ReferenceEquals(before.Read, after.Read));
        Assert.Equal(isSame && part.StartsWith("\"replicas", StringComparison.Ordinal) ? 2 : 1, after.Status!.Replicas);
    }

    private static SeenPool Read(string json, SeenPool? before)
    {
        using var document = JsonDocument.Parse(json);
        return SeenPool.Of(document.RootElement, before);
    }
}
