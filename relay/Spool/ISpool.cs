namespace RelayOperator.Relay.Spool;

/// <summary>
/// Where mail is held that no hub has taken. Two stores implement it: <c>SqliteSpool</c>, a file of one relay, and
/// <c>PostgresSpool</c>, a database of all relays of a pool.
///
/// Contract:
/// - <see cref="SpoolOutcome.Done"/> means committed and synced to disk; every other outcome means that it is not known to
///   be kept. After a failed commit nothing is acknowledged until the store was opened anew, which it does by itself.
/// - A body is appended in chunks of at most <see cref="ChunkBytes"/>, in wire form (dots stuffed, CRLF, without the final
///   dot). <see cref="AddAsync"/> makes a message real: it verifies that the chunks are all there. Chunks without a message
///   are collected only when their writer is gone.
/// - A recipient is decided about by who holds the claim on it. What was claimed by a relay that died is claimed anew by
///   another one: as Suspect where it had been claimed for delivery, as Waiting where it was Inactive or InDoubt.
/// - What reads verifies: a message whose envelope or chunk does not match its checksum becomes Damaged, and is kept.
/// - A sealed spool takes no write.
/// - No method throws for what a disk or a database does, and no read stays open while a caller waits for something else.
/// All members are thread-safe.
/// </summary>
public interface ISpool : IAsyncDisposable
{
    /// <summary>Octets of a chunk at most.</summary>
    public const int ChunkBytes = 256 * 1024;

    /// <summary>Crashes while it was rehearsed alone after which a message is set aside.</summary>
    public const int CrashesToSetAside = 3;

    SpoolHealth Health { get; }

    SpoolStatistics Statistics { get; }

    /// <summary>The seal; null where it is open.</summary>
    SpoolSeal? Seal { get; }

    /// <summary>Octets that can still be stored as far as the disk goes; null where that is not ours to know.</summary>
    long? FreeBytes { get; }

    /// <summary>Raised when mail may have become due, or the health has changed; from any thread, and now and then for nothing.</summary>
    event Action? Changed;

    /// <summary>Opens the store: takes its lock, migrates it, makes ready what an earlier process left. A text where that cannot be done.</summary>
    Task<string?> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Stores one chunk of a body whose message is added later.</summary>
    ValueTask<SpoolOutcome> AppendAsync(SpoolId body, int number, ReadOnlyMemory<byte> chunk);

    /// <summary>Gives up a body whose message will not be added.</summary>
    ValueTask DropAsync(SpoolId body);

    /// <summary>
    /// Commits a message. With <paramref name="keepClaim"/> the caller holds the claim on all its recipients, which it has to
    /// settle or release; otherwise Waiting recipients are anybody's. Inactive and InDoubt ones need a claim.
    /// </summary>
    ValueTask<(SpoolOutcome Outcome, SpoolClaim? Claim)> AddAsync(NewMessage message, bool keepClaim);

    /// <summary>
    /// Claims mail of a route that is due, at most <paramref name="max"/> messages, with all their due recipients of that
    /// route; the route's lanes take turns. Empty where there is none, or the store fails.
    /// </summary>
    ValueTask<IReadOnlyList<SpoolClaim>> ClaimAsync(string route, int max);

    /// <summary>
    /// Claims one message of a crash, counting that durably as a crash until <see cref="RehearsedAsync"/>; one that has
    /// crashed too often is set aside instead. Null where there is none, or somebody else rehearses one.
    /// </summary>
    ValueTask<SpoolClaim?> ClaimSuspectAsync();

    /// <summary>The relay outlived the suspect: its crashes are forgotten, it waits as others do, and the claim ends.</summary>
    ValueTask<SpoolOutcome> RehearsedAsync(SpoolClaim claim);

    /// <summary>Reads and verifies a chunk; null where it does not verify: then the message has become Damaged, or the store fails.</summary>
    ValueTask<byte[]?> ReadAsync(SpoolId body, int number);

    /// <summary>Carries out what became of a claim, in one commit.</summary>
    ValueTask<SpoolOutcome> SettleAsync(Settlement settlement);

    /// <summary>Ends a claim; all is as it was before.</summary>
    ValueTask ReleaseAsync(SpoolClaim claim);

    /// <summary>Routes that have mail waiting.</summary>
    ValueTask<IReadOnlyList<string>> RoutesAsync();

    /// <summary>Changes the route of what waits on one; returns how many recipients that were. Few at a time.</summary>
    ValueTask<int> RerouteAsync(string route, Func<SpoolRecipient, string> routeOf);

    /// <summary>Messages that a filter takes, oldest first, behind <paramref name="after"/>; without their attempts.</summary>
    ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueFilter filter, SpoolId after, int max);

    /// <summary>One message with its attempts; null where there is none.</summary>
    ValueTask<QueueEntry?> FindAsync(SpoolId id);

    /// <summary>Does what an operator asks for. What is claimed is left alone: ClaimLost, to be tried again.</summary>
    ValueTask<SpoolOutcome> ChangeAsync(SpoolId id, QueueAction action);

    /// <summary>Seals an empty spool.</summary>
    ValueTask<SpoolOutcome> SealAsync(SpoolSeal seal);

    /// <summary>Breaks the seal of a lower sequence.</summary>
    ValueTask<SpoolOutcome> UnsealAsync(long sequence);
}
