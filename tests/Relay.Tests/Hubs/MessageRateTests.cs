using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

public sealed class MessageRateTests
{
    [Fact]
    public void Zero_means_no_limit()
    {
        var rate = new MessageRate(0);
        Assert.True(rate.HasRoom);
        Assert.Equal(10_000, TakeAll(rate, 10_000));
    }

    [Fact]
    public void A_minutes_worth_passes_at_once_and_then_no_more()
    {
        var rate = new MessageRate(5);
        Assert.InRange(TakeAll(rate), 5, 6);
        Assert.False(rate.HasRoom);
    }

    [Fact]
    public async Task Messages_come_back_at_the_rate_that_was_asked_for()
    {
        var rate = new MessageRate(119);
        TakeAll(rate);
        var emptied = TimeProvider.System.GetTimestamp();

        await Eventually.True(() => TimeProvider.System.GetElapsedTime(emptied).TotalSeconds > 2.1, "two seconds pass");

        var taken = TakeAll(rate);
        Assert.InRange(taken, 4, 1 + (2 * TimeProvider.System.GetElapsedTime(emptied).TotalSeconds));
    }

    [Fact]
    public async Task A_rate_may_change_while_messages_are_taken()
    {
        var rate = new MessageRate(1_000_000);
        using var stop = new CancellationTokenSource();
        var taking = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    _ = rate.HasRoom && rate.TryTake();
                }
            },
            TestContext.Current.CancellationToken);

        for (var i = 1; i < 20_000; i++)
        {
            rate.Resize(i);
        }

        await stop.CancelAsync();
        await taking;
        rate.Resize(0);
        Assert.Equal(1000, TakeAll(rate, 1000));
    }

    private static int TakeAll(MessageRate rate, int atMost = 1000)
    {
        var taken = 0;
        while (taken < atMost && rate.TryTake())
        {
            taken++;
        }

        return taken;
    }
}
