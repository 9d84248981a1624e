using Npgsql;
using RelayOperator.Api;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// The spool that all relays of a pool share: a PostgreSQL database, of version 13 or later. What a relay decides about is
/// marked there with a number of its own, and holds while the relay renews its lease; when that runs out, another relay
/// takes over, and what the first one still says about it counts for nothing. Statistics of other relays' mail, and mail of
/// theirs that has become due, are learnt within about a second.
/// </summary>
public sealed class PostgresSpool : ISpool
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(24);

    private readonly PostgresAddress _address;
    private volatile string _password;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<double> _observeCommit;
    private readonly PostgresLease _lease;
    private readonly PostgresKnowledge _knowledge;
    private readonly PostgresOwnership _ownership;
    private NpgsqlDataSource? _source;
    private PostgresWriter? _writer;
    private PostgresReaders? _readers;
    private PostgresChanges? _changes;
    private PostgresUpkeep? _upkeep;
    private PostgresListener? _listener;
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
        (_address, _time, _logger, _observeCommit) = (address, time, logger, observeCommit);
        _password = address.Password;
        _lease = new PostgresLease(time, lease);
        _knowledge = new PostgresKnowledge(time, countPossibleDuplicates);
        _ownership = new PostgresOwnership(schema, _lease, _knowledge, logger, countPossibleDuplicates);
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public SpoolHealth Health => _writer?.Health ?? SpoolHealth.Good;

    /// <inheritdoc/>
    public SpoolStatistics Statistics => _knowledge.Totals.Statistics;

    /// <summary>The seal of the database: no relay of the pool writes there.</summary>
    public SpoolSeal? Seal => _knowledge.Seal;

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
            Prepare = _ownership.BeginAsync,
            Committed = (group, writes) => _knowledge.Committed(group, writes, _lease),
            Failed = _knowledge.Failed,
            HealthChanged = () => Changed?.Invoke(),
        };
        _readers = new PostgresReaders(_source, _writer, _knowledge);
        _changes = new PostgresChanges(_readers, _lease, _knowledge);
        if (await _writer.OpenAsync() is { } refusal)
        {
            await _source.DisposeAsync();
            return $"the spool {_address} cannot be used: {refusal}";
        }

        _upkeep = new PostgresUpkeep(_time, _lease.Length / 6, UpkeepAsync);
        _listener = new PostgresListener(_source, _lease, _time, _logger, _upkeep.Wake);
        _knowledge.Told = _listener.Tell;
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

        return (outcome, outcome == SpoolOutcome.Done && keepClaim ? _knowledge.Held[write.Token] : null);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SpoolClaim>> ClaimAsync(string route, int max)
    {
        var now = _knowledge.Now;
        if (max <= 0 || Seal is not null || !Health.IsGood || !_knowledge.Hints.TryTake(route, now))
        {
            return [];
        }

        var turn = Interlocked.Increment(ref _turn) & int.MaxValue;
        var claimed = await _readers!.TryAsync<Claimed?>(async connection => await PostgresClaiming.TakeAsync(connection, _lease, route, max, turn % SenderLane.Count, now), null);
        if (claimed is null)
        {
            _knowledge.Hints.Waiting(route, now);
            return [];
        }

        if (claimed.Next is { } next)
        {
            _knowledge.Hints.Waiting(route, next);
        }

        foreach (var claim in claimed.Claims)
        {
            _knowledge.Held[claim.Token] = claim;
        }

        foreach (var id in claimed.Damaged)
        {
            await _changes!.DamagedAsync(id);
        }

        return claimed.Claims;
    }

    /// <inheritdoc/>
    public async ValueTask<SpoolClaim?> ClaimSuspectAsync()
    {
        while (Health.IsGood && Statistics.ByState[(int)RecipientState.Suspect] > 0)
        {
            var found = await _readers!.TryAsync(connection => PostgresClaiming.TakeSuspectAsync(connection, _lease), null);
            switch (found)
            {
                case { Claim: { } claim }:
                    _knowledge.Held[claim.Token] = claim;
                    return claim;
                case { CrashedTooOften: { } id }:
                    if (await _changes!.SetAsideAsync(id) != SpoolOutcome.Done)
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
            _knowledge.Held.TryRemove(((PostgresClaim)claim).Token, out _);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadAsync(SpoolId body, int number)
    {
        var (bytes, verifies) = await _readers!.TryAsync(connection => PostgresQueue.ChunkAsync(connection, body, number), (null, true));
        if (!verifies)
        {
            await _changes!.DamagedAsync(body);
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
        _knowledge.Held.TryRemove(mine.Token, out _);
        if (await _writer!.Add(new ReleaseWrite(mine)) == SpoolOutcome.Done)
        {
            _knowledge.Hints.Waiting(claim.Recipients);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RoutesAsync() => new(_knowledge.Hints.Routes);

    /// <inheritdoc/>
    public async ValueTask<int> RerouteAsync(string route, Func<SpoolRecipient, string> routeOf)
    {
        var changed = await _changes!.RerouteAsync(route, routeOf);
        Changed?.Invoke();
        return changed;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueEntry>> ListAsync(QueueFilter filter, SpoolId after, int max) =>
        await _readers!.TryAsync(connection => PostgresQueue.ListAsync(connection, filter, after, max), []);

    /// <inheritdoc/>
    public async ValueTask<QueueEntry?> FindAsync(SpoolId id) => await _readers!.TryAsync(connection => PostgresQueue.FindAsync(connection, id), null);

    /// <inheritdoc/>
    public async ValueTask<SpoolOutcome> ChangeAsync(SpoolId id, QueueAction action)
    {
        var now = _time.GetUtcNow();
        var outcome = await _changes!.ChangeAsync(id, recipient => QueueActions.Apply(action, recipient, now));
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

        _knowledge.Told = static () => { };
        await _listener!.DisposeAsync();
        await _upkeep.DisposeAsync();
        _upkeep = null;
        await _writer!.DisposeAsync();
        await _readers!.TryAsync(async connection =>
        {
            await _lease.EndAsync(connection);
            return true;
        }, false);
        await _source!.DisposeAsync();
    }

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

    private async ValueTask<SpoolOutcome> SetSealAsync(SpoolSeal? seal)
    {
        var outcome = await _readers!.TryAsync(connection => PostgresSeal.SetAsync(connection, seal), SpoolOutcome.Failed);
        if (outcome == SpoolOutcome.Done)
        {
            _knowledge.Seal = seal;
        }

        return outcome;
    }

    // Every so often, and when another relay has told of mail.
    private async Task UpkeepAsync(bool isTold)
    {
        var isNew = await _readers!.TryAtOnceAsync<bool?>(async connection => await _ownership.RenewAsync(connection), null);
        if (isNew == true || (isNew is not null && (isTold || _knowledge.Hints.IsDue(_knowledge.Now))))
        {
            Changed?.Invoke();
        }
    }
}
