namespace RelayOperator.Relay.Spool;

/// <summary>
/// When a spool takes less and when it takes nothing: by its bytes against its size, by the room on its disk, and by the
/// number of its messages. It eases only when there is clearly more room than at the moment it began. Pure.
/// </summary>
public static class SpoolPressure
{
    /// <summary>Messages at which nothing more is taken.</summary>
    public const long MostMessages = 5_000_000;

    private const double SlowAt = 0.80;
    private const double FullAt = 0.95;
    private const double Easing = 0.05;

    /// <summary>Left free on the disk in any case: what is stored must still be deleted, and deleting writes.</summary>
    private const long Reserve = 32L << 20;

    /// <param name="now">The level so far.</param>
    /// <param name="statistics">What lies in the spool.</param>
    /// <param name="sizeBytes">spec.spool.storage.size; 0 where the store has none.</param>
    /// <param name="freeBytes">Room on the disk; null where that is not ours to know.</param>
    public static PressureLevel Next(PressureLevel now, SpoolStatistics statistics, long sizeBytes, long? freeBytes)
    {
        var use = Math.Max(
            (double)statistics.Messages / MostMessages,
            Math.Max(sizeBytes == 0 ? 0 : (double)statistics.Bytes / sizeBytes, OfDisk(statistics, freeBytes)));
        return use >= FullAt || (now == PressureLevel.Full && use >= FullAt - Easing) ? PressureLevel.Full
            : use >= SlowAt || (now != PressureLevel.None && use >= SlowAt - Easing) ? PressureLevel.Slow
            : PressureLevel.None;
    }

    /// <summary>How long MAIL waits at <see cref="PressureLevel.Slow"/>.</summary>
    public static TimeSpan Tarpit { get; } = TimeSpan.FromSeconds(2);

    // Of what the spool has and could have, the part that it has. With the reserve gone it is full, however little it has.
    private static double OfDisk(SpoolStatistics statistics, long? freeBytes)
    {
        if (freeBytes is not { } free)
        {
            return 0;
        }

        var usable = free - Reserve;
        return usable <= 0 ? 1 : statistics.Bytes / (double)(statistics.Bytes + usable);
    }
}
