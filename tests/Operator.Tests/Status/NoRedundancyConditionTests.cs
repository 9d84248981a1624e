using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class NoRedundancyConditionTests
{
    [Fact]
    public void Two_pods_on_two_nodes_with_two_hubs_bear_a_loss() => Assert.Null(Facts.Told("NoRedundancy", Facts.Serving()));

    [Fact]
    public void What_there_is_only_one_of_is_named()
    {
        var pool = Facts.Serving();
        Facts.Begins("True OnePod", Facts.Told("NoRedundancy", Facts.Serving(spec => spec with { Replicas = 1 })));
        Assert.Equal(
            "True OneNode: all ready pods run on node n1",
            Facts.Told("NoRedundancy", pool with { Pods = [.. pool.Pods.Select(pod => pod with { Node = "n1" })] }));
        Facts.Begins("True OneHub: ht01", Facts.Told("NoRedundancy", pool with { Hubs = [Reading.Hub("ht01")] }));
        Assert.Null(Facts.Told("NoRedundancy", Facts.Serving(spec => spec with { Replicas = 0 })));
    }
}
