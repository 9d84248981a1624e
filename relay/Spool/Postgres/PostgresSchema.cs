using System.Collections.Immutable;
using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// The tables, as steps from one version to the next; the same as those of SQLite, with owners and claims. A step is never
/// changed once it was released: a new one is added, which relays of the version before it can live with, as they run on
/// meanwhile. Each runs in a transaction of its own with its version, and one relay at a time.
/// </summary>
internal sealed record PostgresSchema(ImmutableArray<string> Steps)
{
    /// <summary>First number of all advisory locks: "RelO".</summary>
    public const int Locks = 0x52656C4F;

    /// <summary>Second number of the lock under which the tables are made; those of owners are positive.</summary>
    public const int MigrationLock = -1;

    /// <summary>Second number of the lock that whoever picks a suspect holds.</summary>
    public const int RehearsalLock = -2;

    // A body that is stored compressed costs processors more than it saves disk; a queue's rows live for seconds, so what
    // they leave is to be found again soon.
    private const string FirstVersion =
        """
        CREATE TABLE relay_spool.owner(
          id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
          expires timestamptz NOT NULL);
        CREATE TABLE relay_spool.message(
          n bigint PRIMARY KEY,
          received bigint NOT NULL,
          mail text NOT NULL,
          client text NOT NULL,
          helo text NOT NULL,
          protocol text NOT NULL,
          listener text NOT NULL,
          message_id text NOT NULL,
          content_bytes bigint NOT NULL,
          wire_bytes bigint NOT NULL,
          chunks int NOT NULL,
          body_sum bigint NOT NULL,
          recipients int NOT NULL,
          crashes int NOT NULL DEFAULT 0,
          sum bigint NOT NULL)
          WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0);
        CREATE TABLE relay_spool.recipient(
          message bigint NOT NULL,
          r int NOT NULL,
          rcpt text NOT NULL,
          domain text NOT NULL,
          route text NOT NULL,
          fixed boolean NOT NULL,
          lane int NOT NULL,
          state int NOT NULL,
          due bigint NOT NULL,
          attempts int NOT NULL,
          reply text NOT NULL,
          hub text NOT NULL,
          last bigint NOT NULL,
          flags int NOT NULL,
          sum bigint NOT NULL,
          claim bigint NOT NULL,
          PRIMARY KEY(message, r))
          WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0);
        CREATE INDEX due ON relay_spool.recipient(route, lane, due, message) WHERE state=0 AND claim=0;
        CREATE INDEX aside ON relay_spool.recipient(state, message) WHERE state<>0;
        CREATE INDEX claimed ON relay_spool.recipient(claim) WHERE claim<>0;
        CREATE TABLE relay_spool.chunk(
          message bigint NOT NULL,
          k int NOT NULL,
          sum bigint NOT NULL,
          bytes bytea NOT NULL,
          PRIMARY KEY(message, k))
          WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0, toast.autovacuum_vacuum_scale_factor=0.02, toast.autovacuum_vacuum_cost_delay=0);
        ALTER TABLE relay_spool.chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
        CREATE TABLE relay_spool.draft(message bigint PRIMARY KEY, owner int NOT NULL);
        CREATE INDEX drafts ON relay_spool.draft(owner);
        CREATE TABLE relay_spool.attempt(
          id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
          message bigint NOT NULL,
          at bigint NOT NULL,
          route text NOT NULL,
          hub text NOT NULL,
          reply text NOT NULL,
          recipients int[] NOT NULL);
        CREATE INDEX attempts ON relay_spool.attempt(message, id);
        CREATE TABLE relay_spool.total(owner int NOT NULL, slot int NOT NULL, counts bigint[] NOT NULL, PRIMARY KEY(owner, slot));
        CREATE TABLE relay_spool.seal(token bigint NOT NULL, sequence bigint NOT NULL)
        """;

    /// <summary>What this program writes.</summary>
    public static PostgresSchema Current { get; } = new([FirstVersion]);

    /// <summary>Brings a database to the current version; a text where it is of a later program.</summary>
    public async Task<string?> MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        for (var first = true; ; first = false)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, $"SET LOCAL synchronous_commit=on; SET LOCAL statement_timeout=0; SET LOCAL lock_timeout=0; SELECT pg_advisory_xact_lock({Locks}, {MigrationLock})", cancellationToken);
            if (first && await ScalarAsync(connection, "SELECT to_regclass('relay_spool.version') IS NULL", cancellationToken) is true)
            {
                // Who may not make a schema may have been given one.
                var make = await ScalarAsync(connection, "SELECT to_regnamespace('relay_spool') IS NULL", cancellationToken) is true ? "CREATE SCHEMA relay_spool;" : "";
                await ExecuteAsync(connection, make + "CREATE TABLE relay_spool.version(version int NOT NULL); INSERT INTO relay_spool.version VALUES(0)", cancellationToken);
            }

            var version = (int)(await ScalarAsync(connection, "SELECT version FROM relay_spool.version", cancellationToken))!;
            if (version > Steps.Length)
            {
                return $"it has version {version}, and this relay knows {Steps.Length} at most: run the relay that wrote it, or a later one";
            }

            if (version < Steps.Length)
            {
                await ExecuteAsync(connection, $"{Steps[version]}; UPDATE relay_spool.version SET version={version + 1}", cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            if (version + 1 >= Steps.Length)
            {
                return null;
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Another relay may be at it, and a step may take its time on a large table.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
