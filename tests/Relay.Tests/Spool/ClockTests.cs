using System.Collections.Immutable;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Timing;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class ClockTests
{
    private readonly SettableTime _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_clock_that_is_set_by_an_hour_changes_no_retry(int hours)
    {
        var steady = new SteadyTime(_time);
        var retries = new RetrySchedule([60], steady, new Random(1));
        var due = retries.After(1);

        _time.Wall += TimeSpan.FromHours(hours);
        _time.Pass(TimeSpan.FromSeconds(50));
        Assert.True(steady.GetUtcNow() < due);
        _time.Pass(TimeSpan.FromSeconds(20));
        Assert.True(steady.GetUtcNow() > due);
    }

    [Fact]
    public void The_schedule_is_followed_its_last_step_repeats_and_each_is_a_little_off()
    {
        var retries = new RetrySchedule([10, 100], new SteadyTime(_time), new Random(1));
        var now = retries.Now;

        Assert.All(Enumerable.Range(0, 100), _ => Assert.InRange((retries.After(1) - now).TotalSeconds, 9, 11));
        Assert.All(Enumerable.Range(2, 100), attempts => Assert.InRange((retries.After(attempts) - now).TotalSeconds, 90, 110));
        Assert.True(Enumerable.Range(0, 100).Select(_ => retries.After(1)).Distinct().Count() > 50);
        retries.Update(ImmutableArray.Create(1000));
        Assert.InRange((retries.After(1) - now).TotalSeconds, 900, 1100);
    }

    private sealed class SettableTime : TimeProvider
    {
        private long _timestamp;

        public DateTimeOffset Wall { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => _timestamp;

        public void Pass(TimeSpan time)
        {
            Wall += time;
            _timestamp += time.Ticks;
        }
    }
}
