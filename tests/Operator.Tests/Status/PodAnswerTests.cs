using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

/// <summary>What is news in what a pod answers.</summary>
public sealed class PodAnswerTests
{
    private static PodAnswer Answer => new()
    {
        PoolUid = "pool",
        PodUid = "pod",
        Sequence = 3,
        ConfigHash = "abc",
        ConfigFaults = ["none"],
        Hubs = [new HubAnswer("ht01", true, false, 0, ""), new HubAnswer("ht02", false, false, 0, "refused")],
        HiddenClients = ["10.9.0.1"],
    };

    [Fact]
    public void The_same_told_twice_is_no_news_nor_is_where_clients_came_from()
    {
        Assert.True(Answer.SaysTheSameAs(Answer));
        Assert.True(Answer.SaysTheSameAs(Answer with { HiddenClients = [] }));
    }

    [Fact]
    public void Everything_else_is()
    {
        PodAnswer[] others =
        [
            Answer with { PodUid = "other" },
            Answer with { Sequence = 4 },
            Answer with { ConfigFaults = [] },
            Answer with { DrainToken = 3 },
            Answer with { InFlight = 1 },
            Answer with { Spool = new SpoolAnswer(1, 2, null) },
            Answer with { Hubs = [Answer.Hubs[0]] },
            Answer with { Hubs = [Answer.Hubs[0], Answer.Hubs[1] with { Error = "timed out" }] },
        ];
        Assert.All(others, other => Assert.False(Answer.SaysTheSameAs(other)));
    }
}
