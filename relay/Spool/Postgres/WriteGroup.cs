using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Writes that share one transaction, in two exchanges with the server: the first takes the locks and looks (is the lease
/// still ours, which ids are known, which claims hold, are the chunks there), the second writes what follows and commits.
/// Whoever changes recipients holds the row lock on their messages, taken in order of their ids.
/// </summary>
internal sealed class WriteGroup
{
    /// <summary>Attempts kept of one message: the first ones tell how it began, the latest how it stands.</summary>
    public const int AttemptsKept = 50;

    private readonly IReadOnlyList<PostgresWrite> _writes;
    private readonly List<AppendWrite> _appends = [];
    private readonly List<DropWrite> _drops = [];
    private readonly List<AddWrite> _adds = [];
    private readonly List<AddWrite> _drafted = [];
    private readonly List<SettleWrite> _settles = [];
    private readonly List<ReleaseWrite> _releases = [];
    private readonly HashSet<long> _added = [];
    private readonly Dictionary<long, Body> _bodies = [];
    private readonly Dictionary<long, SortedDictionary<int, Standing>> _messages = [];

    public WriteGroup(IReadOnlyList<PostgresWrite> writes)
    {
        _writes = writes;
        foreach (var write in writes)
        {
            switch (write)
            {
                case AppendWrite append:
                    _appends.Add(append);
                    break;
                case DropWrite drop:
                    _drops.Add(drop);
                    break;
                case AddWrite add:
                    _adds.Add(add);
                    if (add.New.Body.IsEmpty)
                    {
                        _drafted.Add(add);
                    }

                    break;
                case SettleWrite settle:
                    _settles.Add(settle);
                    break;
                case ReleaseWrite release:
                    _releases.Add(release);
                    break;
            }
        }
    }

    /// <summary>What the group changes in the totals.</summary>
    public SpoolCounts Delta { get; } = new();

    /// <summary>The seal, as the group found it.</summary>
    public SpoolSeal? Seal { get; private set; }

    /// <summary>Whether the commit was asked for: from then on a failure leaves open whether it came to pass.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Runs it; throws what the database throws, and <see cref="LeaseLostException"/>.</summary>
    public async Task RunAsync(NpgsqlConnection connection, PostgresLease lease, int slot)
    {
        var owner = lease.Owner;
        await LookAsync(connection, owner);
        if (Seal is not null)
        {
            foreach (var write in _writes)
            {
                write.Outcome = SpoolOutcome.Sealed;
            }

            await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
            await undo.RunAsync();
            return;
        }

        await using var batch = new PostgresBatch(connection);
        Write(batch, lease);
        if (!Delta.IsZero)
        {
            Totals(batch, owner, slot, Delta);
        }

        batch.Add("COMMIT");
        IsCommitting = true;
        await batch.RunAsync();
    }

    /// <summary>Shares the lock that a takeover needs for itself, and asks whether there was one; and for the seal.</summary>
    public static void Fence(PostgresBatch batch, int owner) => batch
        .Add("SELECT pg_advisory_xact_lock_shared($1, 0), pg_advisory_xact_lock_shared($1, $2)", Value(PostgresSchema.Locks), Value(owner))
        .Add("SELECT EXISTS(SELECT FROM relay_spool.owner WHERE id=$1), s.token, s.sequence FROM (VALUES(1)) one LEFT JOIN relay_spool.seal s ON true", Value(owner));

    /// <summary>Reads the answers to <see cref="Fence"/>.</summary>
    public static async Task<SpoolSeal?> PassAsync(NpgsqlDataReader row)
    {
        await row.NextResultAsync();
        await row.ReadAsync();
        if (!row.GetBoolean(0))
        {
            throw new LeaseLostException();
        }

        return await row.IsDBNullAsync(1) ? null : new SpoolSeal(row.GetInt64(1), row.GetInt64(2));
    }

    /// <summary>Each connection of each relay counts in a row of its own, so that none waits for another's commit.</summary>
    public static void Totals(PostgresBatch batch, int owner, int slot, SpoolCounts delta) => batch.Add(
        "INSERT INTO relay_spool.total AS t(owner, slot, counts) VALUES($1, $2, $3) ON CONFLICT (owner, slot) DO UPDATE"
        + " SET counts=(SELECT array_agg(a+b ORDER BY i) FROM unnest(t.counts, excluded.counts) WITH ORDINALITY u(a, b, i))",
        Value(owner),
        Value(slot),
        Value(delta.Values.ToArray()));

    private async Task LookAsync(NpgsqlConnection connection, int owner)
    {
        await using var batch = new PostgresBatch(connection).Begin();
        Fence(batch, owner);
        if (_appends.Count != 0)
        {
            batch.Add(
                "INSERT INTO relay_spool.draft(message, owner) SELECT u, $2 FROM unnest($1::bigint[]) u ON CONFLICT (message) DO UPDATE SET owner=excluded.owner",
                Value(Ordered(_appends, static append => append.Body.Number)),
                Value(owner));
        }

        if (_drops.Count != 0)
        {
            batch.Add(
                "WITH gone AS (DELETE FROM relay_spool.draft WHERE message=ANY($1) RETURNING message) DELETE FROM relay_spool.chunk WHERE message IN (SELECT message FROM gone)",
                Value(Ordered(_drops, static drop => drop.Body.Number)));
        }

        if (_adds.Count != 0)
        {
            PostgresRows.Insert(batch, _adds.ConvertAll(static add => add.Message));
        }

        if (_drafted.Count != 0)
        {
            // Whoever collects drafts locks them first, so that chunks are seen all or not at all.
            batch.Add("DELETE FROM relay_spool.draft WHERE message=ANY($1)", Value(Ordered(_drafted, static add => add.Message.Id.Number)))
                .Add("SELECT message, k, octet_length(bytes), sum FROM relay_spool.chunk WHERE message=ANY($1) ORDER BY message, k", Value(Ordered(_drafted, static add => add.Message.Id.Number)));
        }

        long[] changed = [.. Ordered(_settles, static settle => settle.Message.Number).Union(Ordered(_releases, static release => release.Claim.Message.Id.Number)).Order()];
        if (changed.Length != 0)
        {
            batch.Add("SELECT n FROM relay_spool.message WHERE n=ANY($1) ORDER BY n FOR UPDATE", Value(changed))
                .Add("SELECT message, r, state, claim FROM relay_spool.recipient WHERE message=ANY($1)", Value(changed));
        }

        await using var row = await batch.ReadAsync();
        Seal = await PassAsync(row);
        if (_adds.Count != 0)
        {
            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                _added.Add(row.GetInt64(0));
            }
        }

        if (_drafted.Count != 0)
        {
            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                var body = _bodies.GetValueOrDefault(row.GetInt64(0));
                _bodies[row.GetInt64(0)] = new Body(
                    body.Chunks + (row.GetInt32(1) == body.Chunks ? 1 : 0), body.Bytes + row.GetInt32(2), BodyChecksum.Append(body.Sum, (uint)row.GetInt64(3)));
            }
        }

        if (changed.Length != 0)
        {
            await row.NextResultAsync();
            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                if (!_messages.TryGetValue(row.GetInt64(0), out var standings))
                {
                    _messages[row.GetInt64(0)] = standings = [];
                }

                standings[row.GetInt32(1)] = new Standing(row.GetInt32(2), row.GetInt64(3));
            }
        }
    }

    private void Write(PostgresBatch batch, PostgresLease lease)
    {
        var work = new GroupWork();
        foreach (var append in _appends)
        {
            GroupWork.Store(batch, append.Body, append.Number, append.Chunk, mayBeThere: true);
        }

        foreach (var add in _adds)
        {
            add.Outcome = Judge(add);
            if (add.Outcome == SpoolOutcome.Done)
            {
                add.Token = add.KeepClaim ? lease.NextClaim() : 0;
                work.Add(batch, add.New, add.Token, Delta);
            }
            else if (add.Outcome == SpoolOutcome.BodyIncomplete)
            {
                work.Removed.Add(add.Message.Id.Number);
            }
        }

        foreach (var settle in _settles)
        {
            Settle(batch, work, settle);
        }

        foreach (var release in _releases)
        {
            work.Released.Add(release.Claim);
            if (release.Claim.IsSuspect)
            {
                batch.Add("UPDATE relay_spool.message SET crashes=greatest(crashes-1, 0) WHERE n=$1", Value(release.Claim.Message.Id.Number));
            }
        }

        work.WriteTo(batch);
    }

    private SpoolOutcome Judge(AddWrite add)
    {
        var id = add.Message.Id.Number;
        // Of two with one id in one group the first is it.
        if (!_added.Remove(id))
        {
            return SpoolOutcome.Known;
        }

        return !add.New.Body.IsEmpty || _bodies.GetValueOrDefault(id) == new Body(add.Message.Chunks, add.Message.WireBytes, add.Message.BodyChecksum)
            ? SpoolOutcome.Done
            : SpoolOutcome.BodyIncomplete;
    }

    private void Settle(PostgresBatch batch, GroupWork work, SettleWrite settle)
    {
        var (settlement, claim, id) = (settle.Settlement, settle.Claim, settle.Message.Number);
        if (!_messages.TryGetValue(id, out var standings) || !Holds(standings, settlement, claim.Token))
        {
            settle.Outcome = SpoolOutcome.ClaimLost;
            return;
        }

        var before = States(standings);
        var lane = StoredRows.LaneOf(claim.Message);
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                standings[result.Number] = new Standing((int)after.State, 0);
                work.Updated.Add(new StoredRecipient(claim.Message, lane, after, 0));
            }
            else
            {
                standings.Remove(result.Number);
                work.Done.Add((id, result.Number));
            }
        }

        foreach (var added in settlement.Added)
        {
            standings[added.Number] = new Standing((int)added.State, 0);
            work.Recipients.Add(new StoredRecipient(claim.Message, lane, added, 0));
        }

        Delta.States(before, States(standings));
        foreach (var notification in settlement.Notifications)
        {
            work.Messages.Add(notification.Message);
            work.Add(batch, notification, 0, Delta);
        }

        if (standings.Count == 0)
        {
            work.Removed.Add(id);
            Delta.Message(-1, -claim.Message.WireBytes);
            return;
        }

        if (settlement.Added.Count != 0)
        {
            batch.Add("UPDATE relay_spool.message SET recipients=recipients+$2 WHERE n=$1", Value(id), Value(settlement.Added.Count));
        }

        if (settle.Outlived)
        {
            batch.Add("UPDATE relay_spool.message SET crashes=0 WHERE n=$1", Value(id));
        }

        if (settlement.Attempt is { } attempt)
        {
            PostgresRows.Insert(batch, claim.Message.Id, attempt, AttemptsKept);
        }
    }

    private static bool Holds(SortedDictionary<int, Standing> standings, Settlement settlement, long token)
    {
        foreach (var result in settlement.Results)
        {
            if (!standings.TryGetValue(result.Number, out var standing) || standing.Claim != token)
            {
                return false;
            }
        }

        return true;
    }

    private static int States(SortedDictionary<int, Standing> standings)
    {
        var states = 0;
        foreach (var standing in standings.Values)
        {
            states |= 1 << standing.State;
        }

        return states;
    }

    private static long[] Ordered<T>(List<T> writes, Func<T, long> id) => [.. writes.Select(id).Distinct().Order()];

    private readonly record struct Standing(int State, long Claim);

    private readonly record struct Body(int Chunks, long Bytes, uint Sum);
}
