using RelayOperator.Operator.Status;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class NameConflictConditionTests
{
    [Fact]
    public void Objects_of_others_are_named_and_otherwise_it_is_left_out()
    {
        Assert.Null(Facts.Told("NameConflict", Facts.Serving()));
        Facts.Begins("True NotOurs: Service/corp: not this pool's", Facts.Told("NameConflict", Facts.Serving(), new ApplyOutcome(["Service/corp"], [])));
    }
}
