using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Spool;

/// <summary>
/// The pool's spool as sessions see it: whether it takes mail now, and by which rules. Looks at the room twice a second;
/// everything else is read as it is. Thread-safe.
/// </summary>
public sealed partial class SpoolDoor(ISpool spool, RetrySchedule retries, TimeProvider time, ILogger<SpoolDoor> logger) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ending = new();
    private volatile PressureLevel _level;
    private volatile bool _closed;
    private long _sizeBytes;

    public ISpool Spool => spool;

    /// <summary>When what was deferred is tried again.</summary>
    public RetrySchedule Retries => retries;

    public PressureLevel Level => _level;

    /// <summary>Tells senders that a hub without DSN took their mail (RFC 3461 §5.2.2); gets the message, and those who asked for that.</summary>
    public Action<SpoolClaim> Relayed { get; set; } = static _ => { };

    /// <summary>
    /// Has a message kept by another pod, while this one is to go; false where none has it. Gets the envelope, the recipients,
    /// and what copies the body to whom it is given. Null where there is no such pod.
    /// </summary>
    public Func<SpoolMessage, IReadOnlyList<SpoolRecipient>, Func<Func<ReadOnlyMemory<byte>, ValueTask<bool>>, ValueTask<bool>>, ValueTask<bool>>? KeepAtPeer { get; set; }

    /// <summary>It takes mail: it is in order, neither sealed nor full, and the pod may keep mail at all.</summary>
    public bool Takes => !_closed && _level != PressureLevel.Full && spool.Health.IsGood && spool.Seal is null;

    /// <summary>It is in order, and would take mail had it room.</summary>
    public bool IsFull => !_closed && spool.Seal is null && (_level == PressureLevel.Full || spool.Health.IsFull);

    /// <summary>Takes over a configuration.</summary>
    /// <param name="config">The pool.</param>
    /// <param name="closed">No peer stays: nothing is kept here any more.</param>
    public void Update(PoolConfig config, bool closed)
    {
        _closed = closed;
        Volatile.Write(ref _sizeBytes, config.Spool?.StorageBytes ?? 0);
        retries.Update(config.Delivery.RetrySeconds);
    }

    /// <summary>
    /// Settles a claim, again and again while the store fails: nobody else would, and what it is about would lie there until
    /// the next start. Gives up when the relay ends.
    /// </summary>
    public async Task<SpoolOutcome> SettleAsync(Settlement settlement)
    {
        while (true)
        {
            var outcome = await spool.SettleAsync(settlement);
            if (outcome is not (SpoolOutcome.Failed or SpoolOutcome.Full) || _ending.IsCancellationRequested)
            {
                return outcome;
            }

            Unsettled(logger, settlement.Claim.Message.Id, outcome);
            await Task.Delay(Again, time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The relay ends: nothing is tried again.</summary>
    public void End() => _ending.Cancel();

    public void Dispose() => _ending.Dispose();

    /// <summary>Looks at the room there is.</summary>
    public void Look()
    {
        var before = _level;
        var level = SpoolPressure.Next(before, spool.Statistics, Volatile.Read(ref _sizeBytes), spool.FreeBytes);
        _level = level;
        if (level != before)
        {
            Changed(logger, level == PressureLevel.None ? LogLevel.Information : LogLevel.Warning, level, spool.Statistics.Messages, spool.Statistics.Bytes, spool.FreeBytes);
        }
    }

    [LoggerMessage(7002, LogLevel.Warning, "{Id}: what became of it could not be stored ({Outcome}); tried again until the spool is in order")]
    private static partial void Unsettled(ILogger logger, SpoolId id, SpoolOutcome outcome);

    [LoggerMessage(EventId = 7001, Message = "Back pressure of the spool: {Pressure}, with {Messages} messages of {Bytes} bytes, {Free} bytes free on its disk")]
    private static partial void Changed(ILogger logger, LogLevel level, PressureLevel pressure, long messages, long bytes, long? free);
}
