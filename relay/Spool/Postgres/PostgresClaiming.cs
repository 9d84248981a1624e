using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Claims mail that is due, and messages of a crash, each in one short transaction.</summary>
internal static class PostgresClaiming
{
    // What is claimed with its first chunk at hand costs no second read; larger ones are read when they are sent.
    private const int BytesAtHand = 64 * 1024;

    // Lanes that have something due share what is asked for, and take turns in beginning; some more of each are looked at, as
    // what somebody else has locked is passed over. The lock on a message keeps others off all of its recipients. Each LIMIT
    // and each +0 keeps the planner from walking along all that is due, which it takes for little until it knows better.
    // ($1 route, $2 now, $3 first lane, $4 how many, $5 number before the first claim)
    private const string Take =
        "WITH lane AS MATERIALIZED (SELECT l, (l-$3+64)%64 AS turn, ($4+count(*) OVER ()-1)/count(*) OVER () AS share FROM generate_series(0, 63) l CROSS JOIN LATERAL ("
        + "SELECT FROM relay_spool.recipient WHERE state=0 AND claim=0 AND route=$1 AND lane=l AND due<=$2 LIMIT 1) d),"
        + " candidate AS MATERIALIZED (SELECT t.turn, p.message, p.due, row_number() OVER (PARTITION BY t.l ORDER BY p.due, p.message)>t.share AS beyond FROM lane t CROSS JOIN LATERAL ("
        + "SELECT message, due FROM relay_spool.recipient WHERE state=0 AND claim=0 AND route=$1 AND lane=t.l AND due<=$2 ORDER BY due, message LIMIT 2*t.share+8) p),"
        + " numbered AS MATERIALIZED (SELECT n, row_number() OVER () AS place FROM (SELECT m.n FROM ("
        + "SELECT message, bool_and(beyond) AS beyond, min(turn) AS turn, min(due) AS due FROM candidate GROUP BY message) c"
        + " JOIN relay_spool.message m ON m.n=c.message ORDER BY c.beyond, c.turn, c.due, m.n LIMIT $4 FOR UPDATE OF m SKIP LOCKED) x)"
        + " UPDATE relay_spool.recipient r SET claim=$5+place FROM numbered WHERE r.message=numbered.n AND r.state+0=0 AND r.claim+0=0 AND r.route||''=$1 AND r.due+0<=$2"
        + " RETURNING " + PostgresRows.RecipientColumns;

    private const string Messages =
        "SELECT " + PostgresRows.MessageColumns + ", c.sum, c.bytes FROM relay_spool.message m LEFT JOIN relay_spool.chunk c ON m.chunks=1 AND m.wire_bytes<=$2 AND c.message=m.n AND c.k=0"
        + " WHERE m.n=ANY($1)";

    private const string Next =
        "SELECT min(d.due) FROM generate_series(0, 63) l CROSS JOIN LATERAL ("
        + "SELECT due FROM relay_spool.recipient WHERE state=0 AND claim=0 AND route=$1 AND lane=l ORDER BY due LIMIT 1) d";

    /// <summary>Routes that have something waiting, and when the first of it is due. Jumps from one to the next.</summary>
    public const string Routes =
        "WITH RECURSIVE route(name) AS ((SELECT route FROM relay_spool.recipient WHERE state=0 AND claim=0 ORDER BY route LIMIT 1) UNION ALL"
        + " SELECT (SELECT r.route FROM relay_spool.recipient r WHERE state=0 AND claim=0 AND r.route>route.name ORDER BY r.route LIMIT 1) FROM route WHERE route.name IS NOT NULL)"
        + " SELECT name, (SELECT min(d.due) FROM generate_series(0, 63) l CROSS JOIN LATERAL ("
        + "SELECT due FROM relay_spool.recipient WHERE state=0 AND claim=0 AND route=name AND lane=l ORDER BY due LIMIT 1) d) FROM route WHERE name IS NOT NULL";

    /// <summary>Claims mail of a route; also when the route has something due that is not claimed, and messages that do not verify.</summary>
    public static async Task<Claimed> TakeAsync(NpgsqlConnection connection, PostgresLease lease, string route, int max, int firstLane, long now)
    {
        var before = lease.NextClaims(max) - 1;
        Dictionary<long, Part> parts;
        long? next;
        await using (var take = new PostgresBatch(connection).Begin())
        {
            PostgresFence.Ask(take, PostgresLease.OwnerOf(before));
            take.Add(Take, Value(route), Value(now), Value(firstLane), Value((long)max), Value(before)).Add(Next, Value(route));
            await using var row = await take.ReadAsync();
            var isSealed = await PostgresFence.PassAsync(row) is not null;
            await row.NextResultAsync();
            parts = isSealed ? [] : await PartsAsync(row); // Sealed, and so empty.
            await row.NextResultAsync();
            next = await row.ReadAsync() && !await row.IsDBNullAsync(0) ? row.GetInt64(0) : null;
        }

        var (claims, damaged) = await CommitAsync(connection, lease, parts, isSuspect: false);
        claims.Sort(static (one, other) => (Due(one), one.Message.Id.Number).CompareTo((Due(other), other.Message.Id.Number)));
        return new Claimed(claims, next, damaged);
    }

    /// <summary>
    /// Claims one message of a crash and counts that; with a number of crashes that is too high it is left alone and named
    /// instead. Null for neither: there is none, or somebody rehearses one.
    /// </summary>
    public static async Task<(PostgresClaim? Claim, SpoolId? CrashedTooOften)?> TakeSuspectAsync(NpgsqlConnection connection, PostgresLease lease)
    {
        var token = lease.NextClaim();
        await using (var look = new PostgresBatch(connection).Begin())
        {
            PostgresFence.Ask(look, PostgresLease.OwnerOf(token));
            look.Add("SELECT pg_try_advisory_xact_lock($1, $2) AND NOT EXISTS(SELECT FROM relay_spool.recipient WHERE state=4 AND state<>0 AND claim<>0)", Value(PostgresSchema.Locks), Value(PostgresSchema.RehearsalLock))
                .Add(
                    "SELECT m.n, m.crashes FROM relay_spool.message m WHERE m.n=ANY(ARRAY(SELECT message FROM relay_spool.recipient WHERE state=4 AND state<>0 ORDER BY message LIMIT 100))"
                    + " AND NOT EXISTS(SELECT FROM relay_spool.recipient c WHERE c.message=m.n AND c.claim<>0) ORDER BY m.n LIMIT 1 FOR UPDATE SKIP LOCKED");
            var (found, crashes) = (0L, 0);
            await using (var row = await look.ReadAsync())
            {
                var seal = await PostgresFence.PassAsync(row);
                await row.NextResultAsync();
                await row.ReadAsync();
                var mayLook = row.GetBoolean(0) && seal is null;
                await row.NextResultAsync();
                if (await row.ReadAsync() && mayLook)
                {
                    (found, crashes) = (row.GetInt64(0), row.GetInt32(1));
                }
            }

            if (found == 0 || crashes >= ISpool.CrashesToSetAside)
            {
                await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
                await undo.RunAsync();
                return found == 0 ? null : (null, new SpoolId(found));
            }

            Dictionary<long, Part> parts;
            await using (var take = new PostgresBatch(connection)
                .Add("UPDATE relay_spool.message SET crashes=crashes+1 WHERE n=$1", Value(found))
                .Add("UPDATE relay_spool.recipient r SET claim=$2 WHERE r.message=$1 AND r.state=4 RETURNING " + PostgresRows.RecipientColumns, Value(found), Value(token)))
            {
                await using var row = await take.ReadAsync();
                parts = await PartsAsync(row);
            }

            var (claims, damaged) = await CommitAsync(connection, lease, parts, isSuspect: true);
            return claims is [var claim] ? (claim, null) : damaged is [var id] ? (null, id) : null;
        }
    }

    private static async Task<Dictionary<long, Part>> PartsAsync(NpgsqlDataReader row)
    {
        var parts = new Dictionary<long, Part>();
        while (await row.ReadAsync())
        {
            var (id, recipient, token, verifies) = PostgresRows.ReadRecipient(row);
            if (!parts.TryGetValue(id.Number, out var part))
            {
                parts[id.Number] = part = new Part(token);
            }

            part.Recipients.Add(recipient);
            part.Verifies &= verifies;
        }

        return parts;
    }

    // Reads the rest of what was claimed, and commits.
    private static async Task<(List<PostgresClaim> Claims, List<SpoolId> Damaged)> CommitAsync(
        NpgsqlConnection connection, PostgresLease lease, Dictionary<long, Part> parts, bool isSuspect)
    {
        List<PostgresClaim> claims = [];
        List<SpoolId> damaged = [];
        await using var batch = new PostgresBatch(connection).Add(Messages, Value(parts.Keys.ToArray()), Value((long)BytesAtHand)).Add("COMMIT");
        await using var row = await batch.ReadAsync();
        while (await row.ReadAsync())
        {
            var (message, verifies, _) = PostgresRows.ReadMessage(row);
            var part = parts[message.Id.Number];
            byte[]? chunk = await row.IsDBNullAsync(15) ? null : row.GetFieldValue<byte[]>(16);
            var isAtHand = message is { Chunks: 1, WireBytes: <= BytesAtHand };
            if (!verifies || !part.Verifies || (isAtHand && (chunk is null || BodyChecksum.Of(chunk) != row.GetInt64(15))))
            {
                damaged.Add(message.Id);
                continue;
            }

            part.Recipients.Sort(static (one, other) => one.Number.CompareTo(other.Number));
            claims.Add(new PostgresClaim(message, part.Recipients, chunk, part.Token, lease) { IsSuspect = isSuspect });
        }

        // To the end, where the commit is.
        while (await row.NextResultAsync())
        {
        }

        return (claims, damaged);
    }

    private static DateTimeOffset Due(SpoolClaim claim)
    {
        var due = claim.Recipients[0].Due;
        foreach (var recipient in claim.Recipients)
        {
            due = recipient.Due < due ? recipient.Due : due;
        }

        return due;
    }

    private sealed class Part(long token)
    {
        public long Token { get; } = token;

        public List<SpoolRecipient> Recipients { get; } = new(1);

        public bool Verifies { get; set; } = true;
    }
}

/// <summary>What a look for due mail came to.</summary>
/// <param name="Claims">Claimed, by their due time.</param>
/// <param name="Next">When the route has something due that is not claimed; null where nothing waits.</param>
/// <param name="Damaged">Messages that do not verify.</param>
internal sealed record Claimed(List<PostgresClaim> Claims, long? Next, List<SpoolId> Damaged);
