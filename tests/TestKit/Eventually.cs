using Xunit;

namespace RelayOperator.TestKit;

/// <summary>Waits for a condition, with a bound: what tests do instead of sleeping.</summary>
public static class Eventually
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static Task True(Func<bool> condition, string what, double seconds = 10) =>
        True(() => Task.FromResult(condition()), what, seconds);

    public static async Task True(Func<Task<bool>> condition, string what, double seconds = 10)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Step);
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds, $"Not within {seconds} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
