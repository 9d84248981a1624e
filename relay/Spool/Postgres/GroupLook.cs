using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// The first exchange of a group that has to be checked: takes the locks, and finds which ids are new, which claims hold, and
/// which chunks are there.
/// </summary>
internal sealed class GroupLook
{
    private readonly HashSet<long> _added = [];
    private readonly Dictionary<long, Body> _bodies = [];
    private readonly Dictionary<long, SortedDictionary<int, Standing>> _messages = [];

    private GroupLook()
    {
    }

    /// <summary>The seal, as it was found.</summary>
    public SpoolSeal? Seal { get; private set; }

    /// <summary>What an added message comes to.</summary>
    public SpoolOutcome Judge(AddWrite add)
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

    /// <summary>How a message's recipients stand, to be kept as the group changes them; null where the claim does not hold on what is settled.</summary>
    public SortedDictionary<int, Standing>? Standings(Settlement settlement, PostgresClaim claim)
    {
        if (!_messages.TryGetValue(claim.Message.Id.Number, out var standings))
        {
            return null;
        }

        foreach (var result in settlement.Results)
        {
            if (!standings.TryGetValue(result.Number, out var standing) || standing.Claim != claim.Token)
            {
                return null;
            }
        }

        return standings;
    }

    /// <summary>Begins the transaction, and looks.</summary>
    public static async Task<GroupLook> TakeAsync(NpgsqlConnection connection, int owner, SortedWrites writes)
    {
        await using var batch = new PostgresBatch(connection).Begin();
        PostgresFence.Ask(batch, owner);
        if (writes.Appends.Count != 0)
        {
            batch.Add(
                "INSERT INTO relay_spool.draft(message, owner) SELECT u, $2 FROM unnest($1::bigint[]) u ON CONFLICT (message) DO UPDATE SET owner=excluded.owner",
                Value(Ordered(writes.Appends, static append => append.Body.Number)),
                Value(owner));
        }

        if (writes.Drops.Count != 0)
        {
            batch.Add(
                "WITH gone AS (DELETE FROM relay_spool.draft WHERE message=ANY($1) RETURNING message) DELETE FROM relay_spool.chunk WHERE message IN (SELECT message FROM gone)",
                Value(Ordered(writes.Drops, static drop => drop.Body.Number)));
        }

        if (writes.Adds.Count != 0)
        {
            PostgresRows.InsertNew(batch, writes.Adds.ConvertAll(static add => add.Message));
        }

        if (writes.Drafted.Count != 0)
        {
            // Whoever collects drafts locks them first, so that chunks are seen all or not at all.
            var drafted = Ordered(writes.Drafted, static add => add.Message.Id.Number);
            batch.Add("DELETE FROM relay_spool.draft WHERE message=ANY($1)", Value(drafted))
                .Add("SELECT message, k, octet_length(bytes), sum FROM relay_spool.chunk WHERE message=ANY($1) ORDER BY message, k", Value(drafted));
        }

        long[] changed = [.. Ordered(writes.Settles, static settle => settle.Message.Number).Union(Ordered(writes.Releases, static release => release.Claim.Message.Id.Number)).Order()];
        if (changed.Length != 0)
        {
            batch.Add("SELECT n FROM relay_spool.message WHERE n=ANY($1) ORDER BY n FOR UPDATE", Value(changed))
                .Add("SELECT message, r, state, claim FROM relay_spool.recipient WHERE message=ANY($1)", Value(changed));
        }

        await using var row = await batch.ReadAsync();
        var look = new GroupLook { Seal = await PostgresFence.PassAsync(row) };
        if (writes.Adds.Count != 0)
        {
            await look.ReadAddedAsync(row);
        }

        if (writes.Drafted.Count != 0)
        {
            await look.ReadBodiesAsync(row);
        }

        if (changed.Length != 0)
        {
            await look.ReadStandingsAsync(row);
        }

        return look;
    }

    private async Task ReadAddedAsync(NpgsqlDataReader row)
    {
        await row.NextResultAsync();
        while (await row.ReadAsync())
        {
            _added.Add(row.GetInt64(0));
        }
    }

    private async Task ReadBodiesAsync(NpgsqlDataReader row)
    {
        await row.NextResultAsync();
        while (await row.ReadAsync())
        {
            var body = _bodies.GetValueOrDefault(row.GetInt64(0));
            _bodies[row.GetInt64(0)] = new Body(
                body.Chunks + (row.GetInt32(1) == body.Chunks ? 1 : 0), body.Bytes + row.GetInt32(2), BodyChecksum.Append(body.Sum, (uint)row.GetInt64(3)));
        }
    }

    private async Task ReadStandingsAsync(NpgsqlDataReader row)
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

    private static long[] Ordered<T>(List<T> writes, Func<T, long> id) => [.. writes.Select(id).Distinct().Order()];

    /// <summary>How a recipient stands: its state, and by what number it is claimed.</summary>
    internal readonly record struct Standing(int State, long Claim);

    private readonly record struct Body(int Chunks, long Bytes, uint Sum);
}
