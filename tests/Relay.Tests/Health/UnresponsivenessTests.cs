using RelayOperator.Relay.Health;
using Xunit;

namespace RelayOperator.Relay.Tests.Health;

public sealed class UnresponsivenessTests
{
    private static readonly HubWait Waiting = new(7.9, false);
    private static readonly HubWait Silent = new(8, false);
    private static readonly HubWait Judging = new(59.9, true);
    private static readonly HubWait Slow = new(60, true);

    [Fact]
    public void Two_silent_connections_are_enough_and_one_is_not()
    {
        Assert.False(IsSuspect(false, Silent));
        Assert.False(IsSuspect(false, Silent, Waiting, Waiting));
        Assert.True(IsSuspect(false, Silent, Waiting, Silent));
    }

    [Fact]
    public void One_silent_connection_and_a_failed_probe_are_enough()
    {
        Assert.True(IsSuspect(true, Silent));
        Assert.False(IsSuspect(true, Waiting, Waiting));
        Assert.False(IsSuspect(true));
    }

    [Fact]
    public void Slowness_after_the_dot_is_no_fault_under_a_minute()
    {
        Assert.False(IsSuspect(false, Judging, Judging, Judging));
        Assert.False(IsSuspect(false, Judging, Silent));
        Assert.True(IsSuspect(false, Slow, Silent));
    }

    [Fact]
    public void After_a_failed_probe_silence_after_the_dot_counts_like_any() => Assert.True(IsSuspect(true, Judging));

    [Fact]
    public void Silence_that_a_good_probe_has_answered_for_does_not_count_again()
    {
        HubWait[] waits = [new(20, false), new(20, false)];

        Assert.False(Unresponsiveness.IsSuspect(waits, probeFailed: false, sinceCleared: 7.9));
        Assert.True(Unresponsiveness.IsSuspect(waits, probeFailed: false, sinceCleared: 8));
    }

    private static bool IsSuspect(bool probeFailed, params HubWait[] waits) =>
        Unresponsiveness.IsSuspect(waits, probeFailed, double.PositiveInfinity);
}
