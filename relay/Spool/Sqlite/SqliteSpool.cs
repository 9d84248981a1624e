using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// The spool of one relay: one SQLite file in a folder of its own. One thread writes and commits in groups
/// (<see cref="SqliteWriter"/>); readers see the last commit without waiting for it. Claims live in memory.
/// </summary>
public sealed class SqliteSpool : ISpool
{
    // What is claimed with its first chunk at hand costs no second read; larger ones are read when they are sent.
    private const int BytesAtHand = 64 * 1024;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<double> _observeCommit;
    private readonly Action<int> _countPossibleDuplicates;
    private readonly SqliteSchema _schema;
    private readonly LaneTable _lanes = new();
    private readonly Lock _claiming = new();
    private readonly Lock _disowning = new();
    private List<SpoolId> _disowned = [];
    private SpoolFolder? _folder;
    private FlightFile? _flight;
    private ClaimTable _claims = null!;
    private SqliteReaders _readers = null!;
    private SqliteWriter _writer = null!;
    private int _rehearsing;

    /// <param name="path">The folder, made where it is missing.</param>
    /// <param name="time">The clock, for what is due.</param>
    /// <param name="logger">For faults.</param>
    /// <param name="observeCommit">Gets the seconds that each commit took.</param>
    /// <param name="countPossibleDuplicates">Gets the number of messages that a hub may have got before a crash and that are sent again.</param>
    public SqliteSpool(string path, TimeProvider time, ILogger logger, Action<double> observeCommit, Action<int> countPossibleDuplicates)
        : this(path, time, logger, observeCommit, countPossibleDuplicates, SqliteSchema.Current)
    {
    }

    internal SqliteSpool(
        string path, TimeProvider time, ILogger logger, Action<double> observeCommit, Action<int> countPossibleDuplicates, SqliteSchema schema)
    {
        (_path, _time, _logger, _observeCommit, _countPossibleDuplicates, _schema) = (path, time, logger, observeCommit, countPossibleDuplicates, schema);
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public SpoolHealth Health => _writer.Health;

    /// <inheritdoc/>
    public SpoolStatistics Statistics => _writer.Statistics;

    /// <inheritdoc/>
    public SpoolSeal? Seal => _writer.Seal;

    /// <summary>What is free on the disk. Pages that are free inside the file come on top.</summary>
    public long? FreeBytes
    {
        get
        {
            try
            {
                return _folder!.FreeBytes;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<string?> OpenAsync(CancellationToken cancellationToken)
    {
        var (folder, refusal) = SpoolFolder.Open(_path);
        if (folder is null)
        {
            return refusal;
        }

        _folder = folder;
        List<SpoolId> inFlight;
        try
        {
            _flight = FlightFile.Open(folder.Flight, out inFlight);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            folder.Dispose();
            return $"the spool's folder {_path} cannot be written: {e.Message}";
        }

        _claims = new ClaimTable(_flight);
        _readers = new SqliteReaders(folder.Database);
        _writer = new SqliteWriter(folder, new SqliteFile(folder, _schema, _logger), _time, _observeCommit, _logger) { AfterReopen = AfterReopen };
        _writer.HealthChanged += OnHealthChanged;
        // Off the caller's thread: a salvage may take a while.
        var recovery = new RecoverWrite(inFlight, Now);
        refusal = await Task.Run(() => _writer.Open([recovery]), cancellationToken);
        if (refusal is not null)
        {
            await DisposeAsync();
            return refusal;
        }

        _countPossibleDuplicates(recovery.PossibleDuplicates);
        ReadLanes();
        return null;
    }

    /// <inheritdoc/>
    public ValueTask<SpoolOutcome> AppendAsync(SpoolId body, int number, ReadOnlyMemory<byte> chunk) =>
        new(_writer.Add(new AppendWrite(body, number, chunk)));

    /// <inheritdoc/>
    public async ValueTask DropAsync(SpoolId body) => await _writer.Add(new DropWrite(body));

    /// <inheritdoc/>
    public async ValueTask<(SpoolOutcome Outcome, SpoolClaim? Claim)> AddAsync(NewMessage message, bool keepClaim)
    {
        var write = new AddWrite(message, keepClaim, _claims, _lanes, Disown);
        var outcome = await _writer.Add(write);
        if (outcome == SpoolOutcome.Done && write.Claim is null)
        {
            Changed?.Invoke();
        }

        return (outcome, write.Claim);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SpoolClaim>> ClaimAsync(string route, int max)
    {
        List<SpoolClaim> claims = [];
        if (Seal is null && max > 0)
        {
            lock (_claiming)
            {
                var now = Now;
                var due = _lanes.TakeDue(route, now);
                for (var i = 0; i < due.Count; i++)
                {
                    // What is left of the number is shared among the lanes that are left.
                    var share = (max - claims.Count + due.Count - i - 1) / (due.Count - i);
                    if (share == 0 || !TryClaim(route, due[i], share, now, claims))
                    {
                        _lanes.Waiting(due[i], route, now);
                    }
                }
            }
        }

        return new(claims);
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolClaim?> ClaimSuspectAsync()
    {
        if (Statistics.ByState[(int)RecipientState.Suspect] == 0 || Interlocked.Exchange(ref _rehearsing, 1) != 0)
        {
            return null;
        }

        var claim = await TakeSuspectAsync();
        if (claim is null)
        {
            Volatile.Write(ref _rehearsing, 0);
        }

        return claim;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> RehearsedAsync(SpoolClaim claim)
    {
        var outcome = await _writer.Add(new SuspectWrite(claim, outlived: true, _claims, _lanes));
        Volatile.Write(ref _rehearsing, 0);
        if (outcome != SpoolOutcome.Done)
        {
            _claims.End(claim);
        }

        Changed?.Invoke();
        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadAsync(SpoolId body, int number)
    {
        // Disks may take their time, and callers are threads that serve sockets.
        var (bytes, verifies) = await Task.Run(() => TryRead(database => Chunk(database, body, number), (null, true)));
        if (!verifies)
        {
            await DamagedAsync(body);
        }

        return bytes;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> SettleAsync(Settlement settlement)
    {
        var outcome = await _writer.Add(new SettleWrite(settlement, _claims, _lanes));
        if (outcome == SpoolOutcome.Done && (settlement.Added.Count != 0 || settlement.Notifications.Count != 0))
        {
            Changed?.Invoke();
        }

        return outcome;
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(SpoolClaim claim)
    {
        _claims.End(claim);
        _lanes.Waiting(StoredRows.LaneOf(claim.Message), claim.Recipients);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RoutesAsync() => new(_lanes.Routes);

    /// <inheritdoc/>
    public async ValueTask<int> RerouteAsync(string route, Func<SpoolRecipient, string> routeOf)
    {
        const int Few = 200;
        var ids = await Task.Run(() => TryRead(database => Ids(database, "SELECT DISTINCT message FROM recipient WHERE state=0 AND route=?1 LIMIT ?2", route, Few), []));
        var changed = 0;
        List<Task<SpoolOutcome>> writes = [];
        foreach (var id in ids)
        {
            writes.Add(ChangeAsync(id, recipient =>
            {
                if (recipient.Route != route || recipient.State != RecipientState.Waiting || routeOf(recipient) is var better && better == route)
                {
                    return recipient;
                }

                changed++;
                return recipient with { Route = better };
            }));
        }

        await Task.WhenAll(writes);
        Changed?.Invoke();
        return changed;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueFilter filter, SpoolId after, int max) =>
        await Task.Run(() => TryRead(database => SqliteQueue.List(database, filter, after, max), []));

    /// <inheritdoc/>
    public async ValueTask<QueueEntry?> FindAsync(SpoolId id) => await Task.Run(() => TryRead(database => SqliteQueue.Find(database, id), null));

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> ChangeAsync(SpoolId id, QueueAction action)
    {
        var now = _time.GetUtcNow();
        var outcome = await ChangeAsync(id, recipient => QueueActions.Apply(action, recipient, now));
        Changed?.Invoke();
        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> SealAsync(SpoolSeal seal) => await _writer.Add(new SealWrite(seal));

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> UnsealAsync(long sequence) =>
        Seal is not { } seal ? SpoolOutcome.Done
        : seal.Sequence >= sequence ? SpoolOutcome.Sealed
        : await _writer.Add(new SealWrite(null));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(() =>
        {
            _writer?.Dispose();
            _readers?.Dispose();
        });
        _flight?.Dispose();
        _folder?.Dispose();
        _folder = null;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    // Claims up to a number of messages of one lane; false where some that are due may be left, or could not be read.
    private bool TryClaim(string route, int lane, int max, long now, List<SpoolClaim> claims)
    {
        var limit = max + _claims.Count;
        var (ids, next, complete) = TryRead(database => DueIn(database, route, lane, now, limit), ([], long.MaxValue, false));
        if (next != long.MaxValue)
        {
            _lanes.Waiting(lane, route, next);
        }

        var taken = 0;
        foreach (var id in ids)
        {
            if (taken == max)
            {
                return false;
            }

            if (!_claims.TryLock(id, alone: false))
            {
                complete &= _claims.IsClaimed(id); // its claim's end says what is left
                continue;
            }

            try
            {
                if (Claim(id, recipient => recipient.State == RecipientState.Waiting && recipient.Route == route && recipient.Due.ToUnixTimeMilliseconds() <= now) is { } claim)
                {
                    claims.Add(claim);
                    taken++;
                }
            }
            finally
            {
                _claims.Unlock(id);
            }
        }

        return complete;
    }

    private static (List<SpoolId> Ids, long Next, bool Complete) DueIn(SqliteDatabase database, string route, int lane, long now, int limit)
    {
        List<SpoolId> ids = [];
        var seen = 0;
        var row = database.Statement("SELECT message, due FROM recipient WHERE state=0 AND route=? AND lane=? ORDER BY due LIMIT ?")
            .Bind(1, route).Bind(2, lane).Bind(3, limit);
        while (row.Step())
        {
            if (row.Int64(1) > now)
            {
                var next = row.Int64(1);
                row.Reset();
                return (ids, next, true);
            }

            seen++;
            var id = new SpoolId(row.Int64(0));
            if (ids.Count == 0 || ids[^1] != id)
            {
                ids.Add(id);
            }
        }

        return (ids, long.MaxValue, seen < limit);
    }

    // Under the message's lock: what is read now can be changed by nobody until the claim ends.
    private SpoolClaim? Claim(SpoolId id, Func<SpoolRecipient, bool> wanted)
    {
        var (message, recipients, chunk, verifies) = TryRead(database =>
        {
            var found = SqliteRows.Message(database, id, out var sound, out _);
            var all = SqliteRows.Recipients(database, id, out var theyAre);
            var first = found is { Chunks: 1, WireBytes: <= BytesAtHand } ? Chunk(database, id, 0) : (null, true);
            return (found, all, first.Bytes, found is null || (sound && theyAre && first.Verifies));
        }, (null, [], null, true));
        if (!verifies)
        {
            _ = DamagedAsync(id);
            return null;
        }

        var mine = recipients.FindAll(recipient => wanted(recipient));
        return message is null || mine.Count == 0 ? null : _claims.Take(message, mine, chunk);
    }

    private async ValueTask<SpoolClaim?> TakeSuspectAsync()
    {
        var ids = await Task.Run(() => TryRead(database => Ids(database, "SELECT DISTINCT message FROM recipient WHERE state=4 AND state<>0 AND ?1='' LIMIT ?2", "", 100), []));
        foreach (var id in ids)
        {
            if (!_claims.TryLock(id, alone: true))
            {
                continue;
            }

            try
            {
                var crashes = TryRead(database =>
                {
                    SqliteRows.Message(database, id, out _, out var count);
                    return count;
                }, 0);
                if (crashes >= ISpool.CrashesToSetAside)
                {
                    await _writer.Add(new ChangeWrite(id, recipient => SetAside(recipient, crashes), _claims, _lanes));
                }
                else if (Claim(id, recipient => recipient.State == RecipientState.Suspect) is { } claim)
                {
                    if (await _writer.Add(new SuspectWrite(claim, outlived: false, _claims, _lanes)) == SpoolOutcome.Done)
                    {
                        return claim;
                    }

                    _claims.End(claim);
                }
            }
            finally
            {
                _claims.Unlock(id);
            }
        }

        return null;
    }

    private static SpoolRecipient SetAside(SpoolRecipient recipient, int crashes) => recipient.State == RecipientState.Suspect
        ? recipient with { State = RecipientState.SetAside, LastReply = $"the relay ended {crashes} times while it looked at this message alone" }
        : recipient;

    private async Task<SpoolOutcome> ChangeAsync(SpoolId id, Func<SpoolRecipient, SpoolRecipient?> change)
    {
        if (!_claims.TryLock(id, alone: true))
        {
            return SpoolOutcome.ClaimLost;
        }

        try
        {
            return await _writer.Add(new ChangeWrite(id, change, _claims, _lanes));
        }
        finally
        {
            _claims.Unlock(id);
        }
    }

    // Whoever holds a claim on it finds that out by itself, and settles nothing.
    private async Task DamagedAsync(SpoolId id) =>
        await _writer.Add(new ChangeWrite(
            id,
            recipient => recipient with { State = RecipientState.Damaged, LastReply = "what is stored does not match its checksum" },
            _claims,
            _lanes,
            evenClaimed: true));

    private static (byte[]? Bytes, bool Verifies) Chunk(SqliteDatabase database, SpoolId body, int number)
    {
        var row = database.Statement("SELECT sum, bytes FROM chunk WHERE message=? AND k=?").Bind(1, body.Number).Bind(2, number);
        if (!row.Step())
        {
            return (null, false);
        }

        var bytes = row.Blob(1).ToArray();
        var verifies = BodyChecksum.Of(bytes) == row.Int64(0);
        row.Reset();
        return (verifies ? bytes : null, verifies);
    }

    private static List<SpoolId> Ids(SqliteDatabase database, string sql, string text, int max)
    {
        List<SpoolId> ids = [];
        var row = database.Statement(sql).Bind(1, text).Bind(2, max);
        while (row.Step())
        {
            ids.Add(new SpoolId(row.Int64(0)));
        }

        return ids;
    }

    private T TryRead<T>(Func<SqliteDatabase, T> read, T otherwise)
    {
        var opened = _writer.Opened;
        if (!Health.IsGood)
        {
            return otherwise;
        }

        try
        {
            return _readers.Read(read);
        }
        catch (SqliteException e)
        {
            _writer.Report(e, opened);
            return otherwise;
        }
    }

    private void ReadLanes()
    {
        _lanes.Clear();
        TryRead(database =>
        {
            var row = database.Statement("SELECT route, lane, min(due) FROM recipient WHERE state=0 GROUP BY route, lane");
            while (row.Step())
            {
                _lanes.Waiting((int)row.Int64(1), row.Text(0), row.Int64(2));
            }

            return true;
        }, false);
    }

    private void Disown(SpoolId id)
    {
        lock (_disowning)
        {
            _disowned.Add(id);
        }
    }

    private List<SpoolWrite> AfterReopen()
    {
        List<SpoolId> disowned;
        lock (_disowning)
        {
            (disowned, _disowned) = (_disowned, []);
        }

        return [new DisownWrite(disowned)];
    }

    private void OnHealthChanged()
    {
        _readers.Renew();
        if (Health.IsGood)
        {
            ReadLanes();
        }

        Changed?.Invoke();
    }
}
