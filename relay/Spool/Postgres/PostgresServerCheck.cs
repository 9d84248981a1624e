using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>What a server has to be, so that a commit there means that mail is kept.</summary>
internal static class PostgresServerCheck
{
    private const int OldestVersion = 130000;

    /// <summary>What is wrong with it, for good; and what is only to be warned of. Null for nothing.</summary>
    public static async Task<(string? Refusal, string? Warning)> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync'), current_setting('server_encoding'),"
            + " pg_is_in_recovery() OR current_setting('transaction_read_only')='on', current_setting('synchronous_standby_names'), current_setting('full_page_writes')",
            connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (row.GetInt32(0) < OldestVersion)
        {
            return ($"the server is PostgreSQL {row.GetString(1)}; version 13 or a later one is needed", null);
        }

        if (row.GetString(2) != "on")
        {
            return ("the server runs with fsync=off: a commit there keeps nothing over a crash; set fsync=on", null);
        }

        if (row.GetString(3) != "UTF8")
        {
            return ($"the database's encoding is {row.GetString(3)}; make one with the encoding UTF8", null);
        }

        if (row.GetBoolean(4))
        {
            return ("the database is read-only: it is a standby, or set so", null);
        }

        return (null, row.GetString(5).Length == 0 ? "the server has no synchronous standby: mail that waits is lost with its disk"
            : row.GetString(6) != "on" ? "the server runs with full_page_writes=off: a page torn by a crash damages what waits"
            : null);
    }
}
