using RelayOperator.Relay.Spool;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class SpoolPressureTests
{
    private const long MiB = 1 << 20;
    private const long Plenty = 1L << 40;

    [Theory]
    [InlineData(PressureLevel.None, 79, PressureLevel.None)]
    [InlineData(PressureLevel.None, 80, PressureLevel.Slow)]
    [InlineData(PressureLevel.None, 95, PressureLevel.Full)]
    [InlineData(PressureLevel.Slow, 76, PressureLevel.Slow)]
    [InlineData(PressureLevel.Slow, 74, PressureLevel.None)]
    [InlineData(PressureLevel.Slow, 95, PressureLevel.Full)]
    [InlineData(PressureLevel.Full, 91, PressureLevel.Full)]
    [InlineData(PressureLevel.Full, 89, PressureLevel.Slow)]
    [InlineData(PressureLevel.Full, 74, PressureLevel.None)]
    public void It_rises_by_the_spools_size_and_eases_only_with_clearly_more_room(PressureLevel now, int percent, PressureLevel next) =>
        Assert.Equal(next, SpoolPressure.Next(now, Of(1, percent * MiB), 100 * MiB, Plenty));

    [Theory]
    [InlineData(33, 0, PressureLevel.None)]
    [InlineData(33, 3, PressureLevel.None)]
    [InlineData(33, 5, PressureLevel.Slow)]
    [InlineData(33, 20, PressureLevel.Full)]
    [InlineData(32, 0, PressureLevel.Full)]
    [InlineData(0, 0, PressureLevel.Full)]
    public void It_rises_when_the_disk_has_little_left_whoever_filled_it(int freeMiB, int ownMiB, PressureLevel next) =>
        Assert.Equal(next, SpoolPressure.Next(PressureLevel.None, Of(1, ownMiB * MiB), 100 * MiB, freeMiB * MiB));

    [Theory]
    [InlineData(3_999_999, PressureLevel.None)]
    [InlineData(4_000_000, PressureLevel.Slow)]
    [InlineData(4_750_000, PressureLevel.Full)]
    public void It_rises_by_the_number_of_messages(long messages, PressureLevel next) =>
        Assert.Equal(next, SpoolPressure.Next(PressureLevel.None, Of(messages, 0), 100 * MiB, Plenty));

    [Fact]
    public void A_store_that_knows_neither_size_nor_disk_has_room() =>
        Assert.Equal(PressureLevel.None, SpoolPressure.Next(PressureLevel.None, Of(1, 1L << 50), 0, null));

    private static SpoolStatistics Of(long messages, long bytes) => SpoolStatistics.Empty with { Messages = messages, Bytes = bytes };
}
