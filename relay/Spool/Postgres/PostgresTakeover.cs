using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Makes ready what nobody looks after any more: the claims and bodies of relays whose lease has run out, claims of this
/// relay that it never heard of because the answer was lost, and messages whose client was told that they are not kept.
/// </summary>
internal static class PostgresTakeover
{
    private const int AtOnce = 1000;

    // What a dead relay was delivering is suspect; what waited for a verdict waits for its turn.
    private const string Free =
        "UPDATE relay_spool.recipient SET due=CASE WHEN state IN (1,2) THEN $3 ELSE due END, claim=0,"
        + " state=CASE WHEN state IN (1,2) THEN 0 WHEN state=0 THEN $4 ELSE state END WHERE claim=ANY($1) AND message=ANY($2)";

    /// <summary>Takes over from owners whose lease has run out; how many recipients were freed, and how many of them a hub may have got.</summary>
    public static async Task<(int Freed, int InDoubt)> TakeOverAsync(NpgsqlConnection connection, int slot, long now)
    {
        List<int> dead = [];
        await using (var batch = new PostgresBatch(connection).Add("SELECT id FROM relay_spool.owner WHERE expires<clock_timestamp() ORDER BY id"))
        {
            await using var row = await batch.ReadAsync();
            while (await row.ReadAsync())
            {
                dead.Add(row.GetInt32(0));
            }
        }

        var (freed, inDoubt) = (0, 0);
        foreach (var owner in dead)
        {
            while (await TakeOverAsync(connection, owner, slot, now) is var (some, doubtful, isLast))
            {
                freed += some;
                inDoubt += doubtful;
                if (isLast)
                {
                    break;
                }
            }
        }

        return (freed, inDoubt);
    }

    /// <summary>Ends claims of this relay that it does not hold: what was lost on the way waits again.</summary>
    public static async Task<SpoolCounts> EndAsync(NpgsqlConnection connection, PostgresLease lease, int slot, IReadOnlyList<long> tokens, long now)
    {
        var owner = lease.Owner;
        var delta = new SpoolCounts();
        var found = await ClaimsAsync(connection, PostgresLease.First(owner), tokens);
        await using (var look = new PostgresBatch(connection).Begin())
        {
            PostgresFence.Ask(look, owner);
            await using var row = await look.ReadAsync();
            await PostgresFence.PassAsync(row);
        }

        await FreeAsync(connection, found, RecipientState.Waiting, now, delta);
        await CommitAsync(connection, owner, slot, delta);
        return delta;
    }

    /// <summary>The numbers of all claims of an owner, at most so many.</summary>
    public static async Task<HashSet<long>> TokensAsync(NpgsqlConnection connection, int owner) =>
        [.. (await ClaimsAsync(connection, PostgresLease.First(owner), null)).Tokens];

    /// <summary>
    /// Removes messages that are there although their client was told that they are not, unless somebody else has claimed
    /// them meanwhile.
    /// </summary>
    public static async Task<SpoolCounts> DisownAsync(NpgsqlConnection connection, PostgresLease lease, int slot, IReadOnlyDictionary<long, long> claims)
    {
        var owner = lease.Owner;
        var delta = new SpoolCounts();
        long[] ids = [.. claims.Keys.Order()];
        Dictionary<long, (int States, bool IsOthers, long Bytes)> found = [];
        await using (var look = new PostgresBatch(connection).Begin())
        {
            PostgresFence.Ask(look, owner);
            look.Add("SELECT n FROM relay_spool.message WHERE n=ANY($1) ORDER BY n FOR UPDATE", Value(ids))
                .Add("SELECT r.message, r.state, r.claim, m.wire_bytes FROM relay_spool.recipient r JOIN relay_spool.message m ON m.n=r.message WHERE r.message=ANY($1)", Value(ids));
            await using var row = await look.ReadAsync();
            await PostgresFence.PassAsync(row);
            await row.NextResultAsync();
            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                var (id, claim) = (row.GetInt64(0), row.GetInt64(2));
                var entry = found.GetValueOrDefault(id);
                found[id] = (entry.States | (1 << row.GetInt32(1)), entry.IsOthers || (claim != 0 && claim != claims[id]), row.GetInt64(3));
            }
        }

        List<long> gone = [];
        foreach (var (id, (states, isOthers, bytes)) in found)
        {
            if (!isOthers)
            {
                gone.Add(id);
                delta.States(states, 0);
                delta.Message(-1, -bytes);
            }
        }

        if (gone.Count != 0)
        {
            await using var batch = new PostgresBatch(connection).Add("DELETE FROM relay_spool.recipient WHERE message=ANY($1)", Value(gone.ToArray()));
            PostgresRows.Remove(batch, gone);
            await batch.RunAsync();
        }

        await CommitAsync(connection, owner, slot, delta);
        return delta;
    }

    private static async Task<(int Freed, int InDoubt, bool IsLast)> TakeOverAsync(NpgsqlConnection connection, int owner, int slot, long now)
    {
        await using (var look = new PostgresBatch(connection).Begin()
            .Add("SELECT pg_try_advisory_xact_lock($1, $2)", Value(PostgresSchema.Locks), Value(owner))
            .Add("SELECT EXISTS(SELECT FROM relay_spool.owner WHERE id=$1 AND expires<clock_timestamp() FOR UPDATE)", Value(owner)))
        {
            await using var row = await look.ReadAsync();
            await row.ReadAsync();
            var isOurs = row.GetBoolean(0);
            await row.NextResultAsync();
            await row.ReadAsync();
            isOurs &= row.GetBoolean(0);
            await row.DisposeAsync();
            if (!isOurs)
            {
                // It is in the middle of a transaction, has come back, or somebody else takes over.
                await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
                await undo.RunAsync();
                return (0, 0, true);
            }
        }

        var delta = new SpoolCounts();
        var claims = await ClaimsAsync(connection, PostgresLease.First(owner), null);
        var inDoubt = await FreeAsync(connection, claims, RecipientState.Suspect, now, delta);
        var isLast = claims.Tokens.Count < AtOnce;
        if (isLast)
        {
            await using var batch = new PostgresBatch(connection)
                .Add(
                    "WITH gone AS (DELETE FROM relay_spool.draft WHERE owner=$1 RETURNING message) DELETE FROM relay_spool.chunk WHERE message IN (SELECT message FROM gone)",
                    Value(owner))
                .Add("DELETE FROM relay_spool.owner WHERE id=$1", Value(owner))
                .Add("DELETE FROM relay_spool.total WHERE owner=$1 RETURNING counts", Value(owner));
            await using var row = await batch.ReadAsync();
            while (await row.ReadAsync())
            {
                delta.Add(row.GetFieldValue<long[]>(0));
            }
        }

        // What a dead relay counted goes on in a row that is nobody's.
        await CommitAsync(connection, 0, slot, delta);
        return (claims.Tokens.Count, inDoubt, isLast);
    }

    // Of one owner; with a list those of it alone.
    private static async Task<(List<long> Tokens, List<long> Messages)> ClaimsAsync(NpgsqlConnection connection, long first, IReadOnlyList<long>? tokens)
    {
        List<long> found = [], messages = [];
        await using var batch = new PostgresBatch(connection).Add(
            "SELECT claim, message FROM relay_spool.recipient WHERE claim<>0 AND claim>$1 AND claim<$2 AND ($3::bigint[] IS NULL OR claim=ANY($3)) ORDER BY claim LIMIT $4",
            Value(first),
            Value(first + uint.MaxValue + 1),
            new NpgsqlParameter { Value = (object?)tokens?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Bigint },
            Value((long)AtOnce));
        await using var row = await batch.ReadAsync();
        while (await row.ReadAsync())
        {
            found.Add(row.GetInt64(0));
            messages.Add(row.GetInt64(1));
        }

        return (found, messages);
    }

    private static async Task<int> FreeAsync(
        NpgsqlConnection connection, (List<long> Tokens, List<long> Messages) claims, RecipientState waiting, long now, SpoolCounts delta)
    {
        if (claims.Tokens.Count == 0)
        {
            return 0;
        }

        long[] tokens = [.. claims.Tokens.Distinct()], ids = [.. claims.Messages.Distinct().Order()];
        var freed = tokens.ToHashSet();
        Dictionary<long, (int Before, int After, bool IsInDoubt)> states = [];
        await using (var look = new PostgresBatch(connection)
            .Add("SELECT n FROM relay_spool.message WHERE n=ANY($1) ORDER BY n FOR UPDATE", Value(ids))
            .Add("SELECT message, state, claim FROM relay_spool.recipient WHERE message=ANY($1)", Value(ids))
            .Add(Free, Value(tokens), Value(ids), Value(now), Value((int)waiting)))
        {
            await using var row = await look.ReadAsync();
            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                var (state, mine) = ((RecipientState)row.GetInt32(1), freed.Contains(row.GetInt64(2)));
                var after = !mine ? state : state switch
                {
                    RecipientState.Inactive or RecipientState.InDoubt => RecipientState.Waiting,
                    RecipientState.Waiting => waiting,
                    _ => state,
                };
                var entry = states.GetValueOrDefault(row.GetInt64(0));
                states[row.GetInt64(0)] = (
                    entry.Before | (1 << (int)state), entry.After | (1 << (int)after), entry.IsInDoubt || (mine && state == RecipientState.InDoubt));
            }

            await row.NextResultAsync();
        }

        var inDoubt = 0;
        foreach (var (before, after, isInDoubt) in states.Values)
        {
            delta.States(before, after);
            inDoubt += isInDoubt ? 1 : 0;
        }

        return inDoubt;
    }

    private static async Task CommitAsync(NpgsqlConnection connection, int owner, int slot, SpoolCounts delta)
    {
        await using var batch = new PostgresBatch(connection);
        if (!delta.IsZero)
        {
            PostgresTotals.Count(batch, owner, slot, delta);
        }

        await batch.Add("COMMIT").RunAsync();
    }
}
