using RelayOperator.Operator.Rollouts;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

public sealed class RolloutMarkTests
{
    [Fact]
    public void A_mark_comes_back_from_its_annotation_as_it_was()
    {
        var mark = new RolloutMark
        {
            InForce = new TemplateVersion("a", "1"),
            Waiting = new TemplateVersion("b", "2"),
            Since = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero),
            WasReady = true,
        };
        Assert.Equal(mark, RolloutMark.Parse(mark.ToString()));
        Assert.Equal("""{"inForce":{"origin":"a","hash":"1"}}""", new RolloutMark { InForce = mark.InForce }.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"since":"yesterday"}""")]
    public void What_is_no_mark_counts_as_missing(string? annotation) => Assert.Null(RolloutMark.Parse(annotation));

    [Fact]
    public void A_mark_of_a_later_version_is_read_as_far_as_it_is_understood() =>
        Assert.Equal(
            new RolloutMark { InForce = new TemplateVersion("a", "1") },
            RolloutMark.Parse("""{"inForce":{"origin":"a","hash":"1","of":"x"},"news":[1]}"""));
}
