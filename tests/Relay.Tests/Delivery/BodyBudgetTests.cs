using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Delivery;
using Xunit;

namespace RelayOperator.Relay.Tests.Delivery;

public sealed class BodyBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_is_free_is_given_at_once_and_no_more()
    {
        var budget = new BodyBudget(100, _time);

        Assert.True(budget.TryTake(60));
        Assert.False(budget.TryTake(41));
        Assert.True(budget.TryTake(40));
        Assert.Equal(100, budget.Used);

        budget.GiveBack(100);
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task What_comes_back_goes_first_to_whoever_made_most_progress()
    {
        var budget = new BodyBudget(100, _time);
        Assert.True(budget.TryTake(100));
        var slow = budget.TakeAsync(50, 0.1, default).AsTask();
        var quick = budget.TakeAsync(50, 9, default).AsTask();
        var middling = budget.TakeAsync(50, 1, default).AsTask();

        budget.GiveBack(50);
        Assert.True(await quick);
        Assert.False(slow.IsCompleted || middling.IsCompleted);

        budget.GiveBack(50);
        Assert.True(await middling);
        Assert.False(slow.IsCompleted);

        budget.GiveBack(50);
        Assert.True(await slow);
        Assert.Equal(100, budget.Used);
    }

    [Fact]
    public async Task Nobody_overtakes_who_waits()
    {
        var budget = new BodyBudget(100, _time);
        Assert.True(budget.TryTake(80));
        var waiting = budget.TakeAsync(50, 1, default).AsTask();

        Assert.False(budget.TryTake(10));
        budget.GiveBack(80);

        Assert.True(await waiting);
        Assert.True(budget.TryTake(10));
    }

    [Fact]
    public async Task Who_waited_in_vain_is_refused_and_takes_nothing_with_it()
    {
        var budget = new BodyBudget(100, _time);
        Assert.True(budget.TryTake(100));
        var waiting = budget.TakeAsync(50, 1, default).AsTask();

        _time.Advance(BodyBudget.Patience);

        Assert.False(await waiting);
        budget.GiveBack(100);
        Assert.Equal(0, budget.Used);
        Assert.True(await budget.TakeAsync(100, 1, default));
        budget.GiveBack(100);
        Assert.True(budget.TryTake(100));
    }

    [Fact]
    public async Task Who_is_gone_waits_no_longer()
    {
        var budget = new BodyBudget(100, _time);
        Assert.True(budget.TryTake(100));
        using var gone = new CancellationTokenSource();
        var waiting = budget.TakeAsync(50, 9, gone.Token).AsTask();
        var staying = budget.TakeAsync(50, 1, default).AsTask();

        await gone.CancelAsync();

        Assert.False(await waiting);
        budget.GiveBack(50);
        Assert.True(await staying);
        Assert.Equal(100, budget.Used);
    }

    [Fact]
    public async Task A_larger_limit_serves_who_waits_and_a_smaller_one_takes_nothing_back()
    {
        var budget = new BodyBudget(100, _time);
        Assert.True(budget.TryTake(100));
        var waiting = budget.TakeAsync(50, 1, default).AsTask();

        budget.Resize(150);
        Assert.True(await waiting);

        budget.Resize(10);
        Assert.Equal(150, budget.Used);
        budget.GiveBack(145);
        Assert.False(budget.TryTake(10));
        Assert.True(budget.TryTake(5));
    }

    [Fact]
    public async Task Under_contention_no_byte_is_lost_or_given_twice()
    {
        var budget = new BodyBudget(1000, TimeProvider.System);
        var most = 0L;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var bytes = (worker * 37 % 300) + 1;
                Assert.True(await budget.TakeAsync(bytes, worker, default));
                InterlockedMax(ref most, budget.Used);
                if (i % 16 == 0)
                {
                    await Task.Yield();
                }

                budget.GiveBack(bytes);
            }
        })));

        Assert.Equal(0, budget.Used);
        Assert.True(budget.TryTake(1000));
        // Who looks and finds too little counts for a moment.
        Assert.InRange(most, 1, 1000 + (8 * 300));
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Interlocked.Read(ref target); value > seen;)
        {
            seen = Interlocked.CompareExchange(ref target, value, seen) is var found && found == seen ? value : found;
        }
    }
}
