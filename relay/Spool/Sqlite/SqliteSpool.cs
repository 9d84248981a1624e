namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// The spool of one relay: one SQLite file in a folder of its own. One thread writes and commits in groups
/// (<see cref="SqliteWriter"/>); readers see the last commit without waiting for it. Claims live in memory.
/// </summary>
public sealed class SqliteSpool : ISpool
{
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<double> _observeCommit;
    private readonly Action<int> _countPossibleDuplicates;
    private readonly SqliteSchema _schema;
    private readonly LaneTable _lanes = new();
    private readonly Lock _disowning = new();
    private List<SpoolId> _disowned = [];
    private SpoolFolder? _folder;
    private FlightFile? _flight;
    private ClaimTable _claims = null!;
    private SqliteReaders _readers = null!;
    private SqliteWriter _writer = null!;
    private SqliteCheck? _check;
    private SqliteReads _reads = null!;
    private SqliteClaiming _claiming = null!;

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
        _reads = new SqliteReads(_readers, _writer, _claims, _lanes);
        _claiming = new SqliteClaiming(_reads, _writer, _claims, _lanes, () => Now);
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
        _check = new SqliteCheck(
            (after, max) => _reads.Ids("SELECT n FROM message WHERE ?1='' AND n>?2 ORDER BY n LIMIT ?3", "", after.Number, max), _reads.VerifyAsync, _time, _logger);
        _check.Start();
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
        // Claimed before anybody can see it: whoever looks at the file in the moment of its commit leaves it alone.
        var claim = keepClaim ? _claims.Take(message.Message, message.Recipients, message.Body, underLock: false) : null;
        if (keepClaim && claim is null && !message.Recipients.All(static recipient => recipient.State == RecipientState.Waiting))
        {
            return (SpoolOutcome.Failed, null);
        }

        var outcome = await _writer.Add(new AddWrite(message, claim is not null, _lanes, Disown));
        if (claim is null)
        {
            Changed?.Invoke();
        }
        else if (outcome != SpoolOutcome.Done)
        {
            _claims.End(claim);
            claim = null;
        }

        return (outcome, claim);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SpoolClaim>> ClaimAsync(string route, int max) => new(_claiming.Claim(route, max));

    /// <summary>Claims a message with all its recipients, whatever they wait for; null where there is none, or one of them is claimed or damaged.</summary>
    public async ValueTask<SpoolClaim?> ClaimAsync(SpoolId id) => await Task.Run(() => _claiming.Claim(id));

    /// <inheritdoc/>
    public async ValueTask<SpoolClaim?> ClaimSuspectAsync() => await _claiming.ClaimSuspectAsync();

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> RehearsedAsync(SpoolClaim claim)
    {
        var outcome = await _claiming.RehearsedAsync(claim);
        Changed?.Invoke();
        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadAsync(SpoolId body, int number)
    {
        // Disks may take their time, and callers are threads that serve sockets.
        var (bytes, verifies) = await Task.Run(() => _reads.Try(database => SqliteReads.Chunk(database, body, number), (null, true)));
        if (!verifies)
        {
            await _reads.DamagedAsync(body);
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
        var ids = await Task.Run(() => _reads.Ids("SELECT DISTINCT message FROM recipient WHERE state=0 AND route=?1 AND message>?2 LIMIT ?3", route, 0, Few));
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
        await Task.Run(() => _reads.Try(database => SqliteQueue.List(database, filter, after, max), []));

    /// <inheritdoc/>
    public async ValueTask<QueueEntry?> FindAsync(SpoolId id) => await Task.Run(() => _reads.Try(database => SqliteQueue.Find(database, id), null));

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
        if (_check is not null)
        {
            await _check.DisposeAsync();
        }

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

    private void ReadLanes()
    {
        _lanes.Clear();
        _reads.Try(database =>
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
