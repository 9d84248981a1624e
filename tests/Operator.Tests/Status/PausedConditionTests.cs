using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class PausedConditionTests
{
    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void The_annotation_pauses_only_when_it_says_true(string value, bool paused)
    {
        GatheredPool pool = Facts.Serving();
        pool = pool with { Pool = pool.Pool with { Metadata = pool.Pool.Metadata with { Annotations = Reading.Map(("relayoperator.io/paused", value)) } } };
        Assert.Equal(paused, Facts.Told("Paused", pool) is not null);
    }
}
