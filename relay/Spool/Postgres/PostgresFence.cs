using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>What a transaction begins with that changes something as an owner: it keeps a takeover off, and asks whether there was one, and for the seal.</summary>
internal static class PostgresFence
{
    private const string IsOurs = "EXISTS(SELECT FROM relay_spool.owner WHERE id=$1)";

    /// <summary>Shares the lock that a takeover needs for itself, and asks.</summary>
    public static void Ask(PostgresBatch batch, int owner) => Lock(batch, owner)
        .Add($"SELECT {IsOurs}, s.token, s.sequence FROM (VALUES(1)) one LEFT JOIN relay_spool.seal s ON true", Value(owner));

    /// <summary>Reads the answers to <see cref="Ask"/>: the seal, or <see cref="LeaseLostException"/>.</summary>
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

    /// <summary>Shares that lock, and fails where the owner was taken over from or there is a seal.</summary>
    public static void Demand(PostgresBatch batch, int owner) => Lock(batch, owner)
        .Add($"SELECT 1/({IsOurs} AND NOT EXISTS(SELECT FROM relay_spool.seal))::int", Value(owner));

    // The lock is held before the next statement looks: each sees what was committed when it began.
    private static PostgresBatch Lock(PostgresBatch batch, int owner) =>
        batch.Add("SELECT pg_advisory_xact_lock_shared($1, 0), pg_advisory_xact_lock_shared($1, $2)", Value(PostgresSchema.Locks), Value(owner));
}
