using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Seals the database, if it is empty; with null breaks the seal. Every write of every relay looks for it, under the lock that this takes.</summary>
internal static class PostgresSeal
{
    public static async Task<SpoolOutcome> SetAsync(NpgsqlConnection connection, SpoolSeal? seal)
    {
        bool isEmpty;
        await using (var look = new PostgresBatch(connection).Begin()
            .Add("SELECT pg_advisory_xact_lock($1, 0)", Value(PostgresSchema.Locks))
            .Add("SELECT NOT EXISTS(SELECT FROM relay_spool.message) AND NOT EXISTS(SELECT FROM relay_spool.draft)"))
        {
            await using var row = await look.ReadAsync();
            await row.NextResultAsync();
            await row.ReadAsync();
            isEmpty = row.GetBoolean(0);
        }

        await using var batch = new PostgresBatch(connection);
        if (seal is not null && !isEmpty)
        {
            await batch.Add("ROLLBACK").RunAsync();
            return SpoolOutcome.NotEmpty;
        }

        batch.Add("DELETE FROM relay_spool.seal");
        if (seal is not null)
        {
            batch.Add("INSERT INTO relay_spool.seal(token, sequence) VALUES($1, $2)", Value(seal.Token), Value(seal.Sequence));
        }

        await batch.Add("COMMIT").RunAsync();
        return SpoolOutcome.Done;
    }
}
