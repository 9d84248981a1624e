using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Reads the spool as the queue tools see it, and changes single messages for them.</summary>
internal static class PostgresQueue
{
    // Looked at in one read at most.
    private const int LookedAt = 2000;

    private const string Ids =
        "SELECT n FROM relay_spool.message m WHERE n>$1 AND ($2='' OR EXISTS(SELECT FROM relay_spool.recipient WHERE message=n AND route=$2))"
        + " AND ($3='' OR EXISTS(SELECT FROM relay_spool.recipient WHERE message=n AND domain=$3))"
        + " AND ($4<0 OR EXISTS(SELECT FROM relay_spool.recipient WHERE message=n AND state=$4))"
        + " AND received<$5 AND received>=$6 AND ($7='' OR strpos(lower(mail), lower($7))>0) AND ($8=0 OR n=$8) ORDER BY n LIMIT $9";

    public static async Task<List<QueueEntry>> ListAsync(NpgsqlConnection connection, QueueFilter filter, SpoolId after, int max)
    {
        List<QueueEntry> entries = [];
        while (entries.Count < max)
        {
            List<long> ids = [];
            await using (var batch = new PostgresBatch(connection).Add(
                Ids,
                Value(after.Number),
                Value(filter.Route ?? ""),
                Value(filter.Domain ?? ""),
                Value(filter.State is { } state ? (int)state : -1),
                Value(filter.Before?.ToUnixTimeMilliseconds() ?? long.MaxValue),
                Value(filter.After?.ToUnixTimeMilliseconds() ?? long.MinValue),
                Value(filter.Sender ?? ""),
                Value(filter.Id?.Number ?? 0),
                Value((long)Math.Min(LookedAt, max - entries.Count))))
            {
                await using var row = await batch.ReadAsync();
                while (await row.ReadAsync())
                {
                    ids.Add(row.GetInt64(0));
                }
            }

            if (ids.Count == 0)
            {
                break;
            }

            after = new SpoolId(ids[^1]);
            entries.AddRange((await FindAsync(connection, ids, withAttempts: false)).Where(filter.Takes));
        }

        return entries;
    }

    public static async Task<QueueEntry?> FindAsync(NpgsqlConnection connection, SpoolId id) =>
        (await FindAsync(connection, [id.Number], withAttempts: true)).FirstOrDefault();

    /// <summary>One chunk of a body, and whether it verifies; null where there is none.</summary>
    public static async Task<(byte[]? Bytes, bool Verifies)> ChunkAsync(NpgsqlConnection connection, SpoolId body, int number)
    {
        await using var batch = new PostgresBatch(connection)
            .Add("SELECT sum, bytes FROM relay_spool.chunk WHERE message=$1 AND k=$2", Value(body.Number), Value(number));
        await using var row = await batch.ReadAsync();
        if (!await row.ReadAsync())
        {
            return (null, false);
        }

        var bytes = row.GetFieldValue<byte[]>(1);
        return BodyChecksum.Of(bytes) == row.GetInt64(0) ? (bytes, true) : (null, false);
    }

    /// <summary>Messages that have something waiting on a route that nobody has claimed.</summary>
    public static async Task<List<SpoolId>> WaitingOnAsync(NpgsqlConnection connection, string route, int max)
    {
        List<SpoolId> ids = [];
        await using var batch = new PostgresBatch(connection)
            .Add("SELECT DISTINCT message FROM (SELECT message FROM relay_spool.recipient WHERE state=0 AND claim=0 AND route=$1 LIMIT $2) few", Value(route), Value((long)max));
        await using var row = await batch.ReadAsync();
        while (await row.ReadAsync())
        {
            ids.Add(new SpoolId(row.GetInt64(0)));
        }

        return ids;
    }

    /// <summary>
    /// Changes a message's recipients in a transaction of its own; ClaimLost where one of them is claimed, unless
    /// <paramref name="evenClaimed"/>, which ends the claims. Also who is left afterwards.
    /// </summary>
    public static async Task<(SpoolOutcome Outcome, List<SpoolRecipient> After, SpoolCounts Delta)> ChangeAsync(
        NpgsqlConnection connection, PostgresLease lease, int slot, SpoolId id, Func<SpoolRecipient, SpoolRecipient?> change, bool evenClaimed)
    {
        var owner = lease.Owner;
        SpoolMessage? message = null;
        SpoolSeal? seal;
        List<SpoolRecipient> recipients = [], after = [];
        var isClaimed = false;
        await using (var look = new PostgresBatch(connection).Begin())
        {
            PostgresFence.Ask(look, owner);
            look.Add($"SELECT {PostgresRows.MessageColumns} FROM relay_spool.message m WHERE m.n=$1 FOR UPDATE", Value(id.Number))
                .Add($"SELECT {PostgresRows.RecipientColumns} FROM relay_spool.recipient r WHERE r.message=$1 ORDER BY r.r", Value(id.Number));
            await using var row = await look.ReadAsync();
            seal = await PostgresFence.PassAsync(row);
            await row.NextResultAsync();
            if (await row.ReadAsync())
            {
                message = PostgresRows.ReadMessage(row).Message;
            }

            await row.NextResultAsync();
            while (await row.ReadAsync())
            {
                var (_, recipient, claim, _) = PostgresRows.ReadRecipient(row);
                recipients.Add(recipient);
                isClaimed |= claim != 0;
            }
        }

        var delta = new SpoolCounts();
        var outcome = seal is not null ? SpoolOutcome.Sealed
            : message is null ? SpoolOutcome.NotFound
            : isClaimed && !evenClaimed ? SpoolOutcome.ClaimLost
            : SpoolOutcome.Done;
        if (outcome == SpoolOutcome.Done)
        {
            var work = new GroupWork();
            var lane = StoredRows.LaneOf(message!);
            foreach (var recipient in recipients)
            {
                if (change(recipient) is not { } changed)
                {
                    work.Done.Add((id.Number, recipient.Number));
                    continue;
                }

                after.Add(changed);
                if (!ReferenceEquals(changed, recipient))
                {
                    work.Updated.Add(new StoredRecipient(message!, lane, changed, 0));
                }
            }

            outcome = work.Done.Count + work.Updated.Count == 0 ? SpoolOutcome.NotFound : SpoolOutcome.Done;
            delta.States(SpoolCounts.StatesOf(recipients), SpoolCounts.StatesOf(after));
            if (after.Count == 0)
            {
                work.Removed.Add(id.Number);
                delta.Message(-1, -message!.WireBytes);
            }

            await using var batch = new PostgresBatch(connection);
            work.WriteTo(batch);
            if (!delta.IsZero)
            {
                PostgresTotals.Count(batch, owner, slot, delta);
            }

            await batch.Add("COMMIT").RunAsync();
            return (outcome, after, delta);
        }

        await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
        await undo.RunAsync();
        return (outcome, after, delta);
    }

    private static async Task<List<QueueEntry>> FindAsync(NpgsqlConnection connection, IReadOnlyList<long> ids, bool withAttempts)
    {
        List<QueueEntry> entries = [];
        Dictionary<long, (List<SpoolRecipient> Recipients, List<AttemptNote> Attempts)> parts = [];
        await using var batch = new PostgresBatch(connection)
            .Add($"SELECT {PostgresRows.MessageColumns} FROM relay_spool.message m WHERE m.n=ANY($1) ORDER BY m.n", Value(ids.ToArray()))
            .Add($"SELECT {PostgresRows.RecipientColumns} FROM relay_spool.recipient r WHERE r.message=ANY($1) ORDER BY r.message, r.r", Value(ids.ToArray()));
        if (withAttempts)
        {
            batch.Add("SELECT message, at, route, hub, reply, recipients FROM relay_spool.attempt WHERE message=ANY($1) ORDER BY id", Value(ids.ToArray()));
        }

        await using var row = await batch.ReadAsync();
        while (await row.ReadAsync())
        {
            var message = PostgresRows.ReadMessage(row).Message;
            parts[message.Id.Number] = ([], []);
            entries.Add(new QueueEntry(message, parts[message.Id.Number].Recipients, parts[message.Id.Number].Attempts));
        }

        await row.NextResultAsync();
        while (await row.ReadAsync())
        {
            var (id, recipient, _, _) = PostgresRows.ReadRecipient(row);
            if (parts.TryGetValue(id.Number, out var part))
            {
                part.Recipients.Add(recipient);
            }
        }

        await row.NextResultAsync();
        while (withAttempts && await row.ReadAsync())
        {
            parts.GetValueOrDefault(row.GetInt64(0)).Attempts?.Add(new AttemptNote(
                StoredRows.Time(row.GetInt64(1)), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<int[]>(5)));
        }

        return entries;
    }
}
