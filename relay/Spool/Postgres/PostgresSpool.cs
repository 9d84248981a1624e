using System.Collections.Concurrent;
using Npgsql;
using RelayOperator.Api;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// The spool that all relays of a pool share: a PostgreSQL database, of version 13 or later. What a relay decides about is
/// marked there with a number of its own, and holds while the relay renews its lease; when that runs out, another relay
/// takes over, and what the first one still says about it counts for nothing. Statistics of other relays' mail, and mail of
/// theirs that has become due, are learnt within about a second.
/// </summary>
public sealed partial class PostgresSpool : ISpool
{
    // Rows of this relay's totals beside those of the connections that write.
    private const int UpkeepSlot = PostgresWriter.Connections;
    private const int ToolSlot = UpkeepSlot + 1;
    private const int MostReaders = 2;
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(24);

    private readonly PostgresAddress _address;
    private volatile string _password;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<double> _observeCommit;
    private readonly Action<int> _countPossibleDuplicates;
    private readonly PostgresSchema _schema;
    private readonly PostgresLease _lease;
    private readonly PostgresTotals _totals = new();
    private readonly RouteHints _hints = new();
    private readonly DisownedMessages _disowned;
    private readonly ConcurrentDictionary<long, PostgresClaim> _held = new();
    private readonly SemaphoreSlim _readers = new(MostReaders);
    private NpgsqlDataSource? _source;
    private PostgresWriter? _writer;
    private PostgresUpkeep? _upkeep;
    private PostgresListener? _listener;
    private volatile SpoolSeal? _seal;
    private string _warned = "";
    private int _turn;

    /// <param name="address">The database.</param>
    /// <param name="time">The clock, for what is due.</param>
    /// <param name="logger">For faults.</param>
    /// <param name="observeCommit">Gets the seconds that each commit took.</param>
    /// <param name="countPossibleDuplicates">Gets how many messages may come twice: one whose commit was not answered, one that a dead relay may have sent.</param>
    public PostgresSpool(PostgresAddress address, TimeProvider time, ILogger logger, Action<double> observeCommit, Action<int> countPossibleDuplicates)
        : this(address, time, logger, observeCommit, countPossibleDuplicates, PostgresSchema.Current, DefaultLease)
    {
    }

    internal PostgresSpool(
        PostgresAddress address, TimeProvider time, ILogger logger, Action<double> observeCommit, Action<int> countPossibleDuplicates, PostgresSchema schema, TimeSpan lease)
    {
        (_address, _time, _logger, _observeCommit, _countPossibleDuplicates, _schema) = (address, time, logger, observeCommit, countPossibleDuplicates, schema);
        _password = address.Password;
        _lease = new PostgresLease(time, lease);
        _disowned = new DisownedMessages(time);
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public SpoolHealth Health => _writer?.Health ?? SpoolHealth.Good;

    /// <inheritdoc/>
    public SpoolStatistics Statistics => _totals.Statistics;

    /// <summary>The seal of the database: no relay of the pool writes there.</summary>
    public SpoolSeal? Seal => _seal;

    /// <summary>Null: the server's disk is not ours to know.</summary>
    public long? FreeBytes => null;

    /// <summary>
    /// Opens the database. One that cannot be reached yet is no refusal: the health says so, and it is opened when it can be.
    /// A server that would not keep what it commits is one.
    /// </summary>
    public async Task<string?> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            _source = PostgresSource.For(_address, () => _password);
        }
        catch (FormatException e)
        {
            return e.Message;
        }

        _writer = new PostgresWriter(_source, _lease, _time, _observeCommit, _logger)
        {
            Prepare = PrepareAsync,
            Committed = OnCommitted,
            Failed = OnFailed,
            HealthChanged = () => Changed?.Invoke(),
        };
        if (await _writer.OpenAsync() is { } refusal)
        {
            await _source.DisposeAsync();
            return $"the spool {_address} cannot be used: {refusal}";
        }

        _listener = new PostgresListener(_source, _lease, _time, _logger, OnTold);
        _upkeep = new PostgresUpkeep(_time, _lease.Length / 6, UpkeepAsync);
        return null;
    }

    /// <summary>Uses another password from the next connection on.</summary>
    public void TakePassword(string password) => _password = password;

    /// <inheritdoc/>
    public ValueTask<SpoolOutcome> AppendAsync(SpoolId body, int number, ReadOnlyMemory<byte> chunk) =>
        new(_writer!.Add(new AppendWrite(body, number, chunk)));

    /// <inheritdoc/>
    public async ValueTask DropAsync(SpoolId body) => await _writer!.Add(new DropWrite(body));

    /// <inheritdoc/>
    public async ValueTask<(SpoolOutcome Outcome, SpoolClaim? Claim)> AddAsync(NewMessage message, bool keepClaim)
    {
        var write = new AddWrite(message, keepClaim);
        var outcome = await _writer!.Add(write);
        if (outcome == SpoolOutcome.Done && !keepClaim)
        {
            Changed?.Invoke();
        }

        return (outcome, outcome == SpoolOutcome.Done && keepClaim ? _held[write.Token] : null);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SpoolClaim>> ClaimAsync(string route, int max)
    {
        var now = Now;
        if (max <= 0 || Seal is not null || !Health.IsGood || !_hints.TryTake(route, now))
        {
            return [];
        }

        var turn = Interlocked.Increment(ref _turn) & int.MaxValue;
        var claimed = await TryAsync<Claimed?>(async connection => await PostgresClaiming.TakeAsync(connection, _lease, route, max, turn % SenderLane.Count, now), null);
        if (claimed is null)
        {
            _hints.Waiting(route, now);
            return [];
        }

        if (claimed.Next is { } next)
        {
            _hints.Waiting(route, next);
        }

        foreach (var claim in claimed.Claims)
        {
            _held[claim.Token] = claim;
        }

        foreach (var id in claimed.Damaged)
        {
            await DamagedAsync(id);
        }

        return claimed.Claims;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolClaim?> ClaimSuspectAsync()
    {
        while (Health.IsGood && Statistics.ByState[(int)RecipientState.Suspect] > 0)
        {
            var found = await TryAsync(connection => PostgresClaiming.TakeSuspectAsync(connection, _lease), null);
            switch (found)
            {
                case { Claim: { } claim }:
                    _held[claim.Token] = claim;
                    return claim;
                case { CrashedTooOften: { } id }:
                    if (await ChangeAsync(id, SetAside) != SpoolOutcome.Done)
                    {
                        return null;
                    }

                    continue;
                default:
                    return null;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> RehearsedAsync(SpoolClaim claim)
    {
        var results = new RecipientResult[claim.Recipients.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new RecipientResult(claim.Recipients[i].Number, claim.Recipients[i] with { State = RecipientState.Waiting });
        }

        var outcome = await SettleAsync(new Settlement(claim, results), outlived: true);
        if (outcome != SpoolOutcome.Done)
        {
            _held.TryRemove(((PostgresClaim)claim).Token, out _);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadAsync(SpoolId body, int number)
    {
        var (bytes, verifies) = await TryAsync(connection => PostgresQueue.ChunkAsync(connection, body, number), (null, true));
        if (!verifies)
        {
            await DamagedAsync(body);
        }

        return bytes;
    }

    /// <inheritdoc/>
    public ValueTask<SpoolOutcome> SettleAsync(Settlement settlement) => SettleAsync(settlement, outlived: false);

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(SpoolClaim claim)
    {
        var mine = (PostgresClaim)claim;
        // Where it cannot be written, the next look for claims that nobody holds ends it.
        _held.TryRemove(mine.Token, out _);
        if (await _writer!.Add(new ReleaseWrite(mine)) == SpoolOutcome.Done)
        {
            _hints.Waiting(claim.Recipients);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RoutesAsync() => new(_hints.Routes);

    /// <inheritdoc/>
    public async ValueTask<int> RerouteAsync(string route, Func<SpoolRecipient, string> routeOf)
    {
        const int Few = 200;
        var changed = 0;
        foreach (var id in await TryAsync(connection => PostgresQueue.WaitingOnAsync(connection, route, Few), []))
        {
            var here = 0;
            var outcome = await ChangeAsync(id, recipient =>
            {
                if (recipient.Route != route || recipient.State != RecipientState.Waiting || routeOf(recipient) is var better && better == route)
                {
                    return recipient;
                }

                here++;
                return recipient with { Route = better };
            });
            changed += outcome == SpoolOutcome.Done ? here : 0;
        }

        Changed?.Invoke();
        return changed;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueFilter filter, SpoolId after, int max) =>
        await TryAsync(connection => PostgresQueue.ListAsync(connection, filter, after, max), []);

    /// <inheritdoc/>
    public async ValueTask<QueueEntry?> FindAsync(SpoolId id) => await TryAsync(connection => PostgresQueue.FindAsync(connection, id), null);

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> ChangeAsync(SpoolId id, QueueAction action)
    {
        var now = _time.GetUtcNow();
        var outcome = await ChangeAsync(id, recipient => QueueActions.Apply(action, recipient, now));
        Changed?.Invoke();
        return outcome;
    }

    /// <inheritdoc/>
    public ValueTask<SpoolOutcome> SealAsync(SpoolSeal seal) => SetSealAsync(seal);

    /// <inheritdoc/>
    public ValueTask<SpoolOutcome> UnsealAsync(long sequence) =>
        Seal is not { } seal ? new(SpoolOutcome.Done)
        : seal.Sequence >= sequence ? new(SpoolOutcome.Sealed)
        : SetSealAsync(null);

    /// <summary>Ends the lease: what is still claimed is anybody's to take over, at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_upkeep is null)
        {
            return;
        }

        await _listener!.DisposeAsync();
        await _upkeep.DisposeAsync();
        _upkeep = null;
        await _writer!.DisposeAsync();
        await TryAsync(async connection =>
        {
            await _lease.EndAsync(connection);
            return true;
        }, false);
        await _source!.DisposeAsync();
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static SpoolRecipient SetAside(SpoolRecipient recipient) => recipient.State == RecipientState.Suspect
        ? recipient with { State = RecipientState.SetAside, LastReply = $"the relay ended {ISpool.CrashesToSetAside} times while it looked at this message alone" }
        : recipient;

    private async ValueTask<SpoolOutcome> SettleAsync(Settlement settlement, bool outlived)
    {
        var claim = (PostgresClaim)settlement.Claim;
        var outcome = await _writer!.Add(new SettleWrite(settlement, claim, outlived));
        if (outcome == SpoolOutcome.Done)
        {
            Changed?.Invoke();
        }

        return outcome;
    }

    private async Task<SpoolOutcome> ChangeAsync(SpoolId id, Func<SpoolRecipient, SpoolRecipient?> change, bool evenClaimed = false)
    {
        var (outcome, after, delta) = await TryAsync(
            connection => PostgresQueue.ChangeAsync(connection, _lease, ToolSlot, id, change, evenClaimed), (SpoolOutcome.Failed, [], new SpoolCounts()));
        _totals.Count(delta);
        if (outcome == SpoolOutcome.Done)
        {
            Waiting(after);
        }

        return outcome;
    }

    // Whoever holds a claim on it finds that out by itself, and settles nothing.
    private Task<SpoolOutcome> DamagedAsync(SpoolId id) => ChangeAsync(
        id, static recipient => recipient with { State = RecipientState.Damaged, LastReply = "what is stored does not match its checksum" }, evenClaimed: true);

    private async ValueTask<SpoolOutcome> SetSealAsync(SpoolSeal? seal)
    {
        var outcome = await TryAsync(connection => PostgresSeal.SetAsync(connection, seal), SpoolOutcome.Failed);
        if (outcome == SpoolOutcome.Done)
        {
            _seal = seal;
        }

        return outcome;
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> action, T otherwise, bool isUpkeep = false)
    {
        if (!Health.IsGood)
        {
            return otherwise;
        }

        var openings = _writer!.Openings;
        // The lease has a connection of its own: it cannot wait for what others do.
        await (isUpkeep ? Task.CompletedTask : _readers.WaitAsync());
        try
        {
            await using var connection = await _source!.OpenConnectionAsync();
            try
            {
                return await action(connection);
            }
            catch (Exception e) when (e is LeaseLostException || PostgresFault.IsUndone(e))
            {
                await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
                await undo.RunAsync();
                if (!PostgresFault.IsCollision(e))
                {
                    _writer!.Report(e, openings);
                }

                return otherwise;
            }
        }
        catch (Exception e) when (PostgresFault.Is(e))
        {
            _disowned.Suspect();
            _writer!.Report(e, openings);
            return otherwise;
        }
        finally
        {
            if (!isUpkeep)
            {
                _readers.Release();
            }
        }
    }

    private void OnCommitted(WriteGroup group, IReadOnlyList<PostgresWrite> writes)
    {
        SpoolId? oldest = null;
        foreach (var write in writes)
        {
            switch (write)
            {
                case AddWrite { Outcome: SpoolOutcome.Done } add:
                    oldest = oldest is null || add.Message.Id.Number < oldest.Value.Number ? add.Message.Id : oldest;
                    if (add.KeepClaim)
                    {
                        _held[add.Token] = new PostgresClaim(add.Message, add.New.Recipients, add.New.Body, add.Token, _lease);
                    }
                    else
                    {
                        Waiting(add.New.Recipients);
                    }

                    break;
                case SettleWrite settle:
                    _held.TryRemove(settle.Claim.Token, out _);
                    if (settle.Outcome == SpoolOutcome.Done)
                    {
                        Left(settle.Settlement);
                    }

                    break;
            }
        }

        _totals.Count(group.Delta, oldest);
        if (group.Seal is { } seal)
        {
            _seal = seal;
        }
    }

    private void Left(Settlement settlement)
    {
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                Waiting([after]);
            }
        }

        Waiting(settlement.Added);
        foreach (var notification in settlement.Notifications)
        {
            Waiting(notification.Recipients);
        }
    }

    // Mail that is anybody's: the other relays are told.
    private void Waiting(IReadOnlyList<SpoolRecipient> recipients)
    {
        _hints.Waiting(recipients);
        _listener?.Tell();
    }

    private void OnFailed(IReadOnlyList<PostgresWrite> writes, bool isUnknown)
    {
        var duplicates = 0;
        foreach (var write in writes)
        {
            if (isUnknown && write is AddWrite add)
            {
                _disowned.Add(add.Message.Id, add.Token);
                duplicates++;
            }
        }

        _disowned.Suspect();
        if (duplicates != 0)
        {
            _countPossibleDuplicates(duplicates);
        }
    }

    private void OnTold() => _upkeep?.Wake();

    // On a connection that nobody else uses, before anything is written: at the start, and after each failure.
    private async Task<string?> PrepareAsync(NpgsqlConnection connection)
    {
        var (refusal, warning) = await PostgresServerCheck.RunAsync(connection, CancellationToken.None);
        refusal ??= await _schema.MigrateAsync(connection, CancellationToken.None);
        if (refusal is not null)
        {
            return refusal;
        }

        if (warning is not null && warning != _warned)
        {
            Warn(_logger, warning);
            _warned = warning;
        }

        if (_lease.Owner == 0 || !await _lease.RenewAsync(connection))
        {
            await _lease.RegisterAsync(connection);
        }

        await TakeOverAsync(connection);
        await DisownAsync(connection);
        await RefreshAsync(connection, own: true);
        return null;
    }

    // Every so often, and when another relay has told of mail.
    private async Task UpkeepAsync(bool isTold)
    {
        if (!Health.IsGood)
        {
            return;
        }

        await TryAsync(async connection =>
        {
            if (!await _lease.RenewAsync(connection))
            {
                throw new LeaseLostException();
            }

            var changed = await TakeOverAsync(connection) | await DisownAsync(connection) | await RefreshAsync(connection, own: false);
            if (changed || isTold || _hints.IsDue(Now))
            {
                Changed?.Invoke();
            }

            return true;
        }, false, isUpkeep: true);
    }

    private async Task<bool> TakeOverAsync(NpgsqlConnection connection)
    {
        var (freed, inDoubt) = await PostgresTakeover.TakeOverAsync(connection, UpkeepSlot, Now);
        if (freed != 0)
        {
            TookOver(_logger, freed, inDoubt);
        }

        if (inDoubt != 0)
        {
            _countPossibleDuplicates(inDoubt);
        }

        return freed != 0;
    }

    private async Task<bool> DisownAsync(NpgsqlConnection connection)
    {
        if (!_disowned.IsSuspecting)
        {
            return false;
        }

        // Claims that came to be without this relay's hearing of it, twice in a row, so that none is only under way.
        var lost = _disowned.Lost(await PostgresTakeover.TokensAsync(connection, _lease.Owner), token => _held.ContainsKey(token));
        if (lost.Count != 0)
        {
            _totals.Count(await PostgresTakeover.EndAsync(connection, _lease, UpkeepSlot, lost, Now));
        }

        if (_disowned.Messages is { Count: > 0 } messages)
        {
            _totals.Count(await PostgresTakeover.DisownAsync(connection, _lease, UpkeepSlot, messages));
        }

        return lost.Count != 0;
    }

    private async Task<bool> RefreshAsync(NpgsqlConnection connection, bool own)
    {
        await using var batch = new PostgresBatch(connection)
            .Add("SELECT owner, counts FROM relay_spool.total")
            .Add("SELECT (SELECT n FROM relay_spool.message ORDER BY n LIMIT 1), s.token, s.sequence FROM (VALUES(1)) one LEFT JOIN relay_spool.seal s ON true")
            .Add(PostgresClaiming.Routes);
        await using var row = await batch.ReadAsync();
        var (mine, others) = await PostgresTotals.ReadAsync(row, _lease.Owner);
        await row.NextResultAsync();
        await row.ReadAsync();
        SpoolId? oldest = await row.IsDBNullAsync(0) ? null : new SpoolId(row.GetInt64(0));
        _seal = await row.IsDBNullAsync(1) ? null : new SpoolSeal(row.GetInt64(1), row.GetInt64(2));
        await row.NextResultAsync();
        while (await row.ReadAsync())
        {
            _hints.Waiting(row.GetString(0), row.GetInt64(1));
        }

        return _totals.Set(others, own ? mine : null, oldest);
    }

    [LoggerMessage(7124, LogLevel.Warning, "The spool's database: {Warning}")]
    private static partial void Warn(ILogger logger, string warning);

    [LoggerMessage(7125, LogLevel.Warning, "Took over {Recipients} recipients from a relay that is gone; a hub may have got {Messages} messages of them already")]
    private static partial void TookOver(ILogger logger, int recipients, int messages);
}
