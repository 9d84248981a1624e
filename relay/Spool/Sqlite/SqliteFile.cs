using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Opens the spool's file: finishes a salvage that was cut off, migrates, looks whether it is whole as far as that can be
/// seen at once, and salvages it where it is not.
/// </summary>
internal sealed partial class SqliteFile(SpoolFolder folder, SqliteSchema schema, ILogger logger)
{
    /// <summary>The connection that writes; a text where the file is none that this relay may use.</summary>
    public (SqliteDatabase? Database, string? Refusal) Open()
    {
        FinishSalvage();
        try
        {
            return OpenOnce();
        }
        catch (SqliteException e) when (SqliteFault.IsDamage(e))
        {
            Damaged(logger, folder.Database, e.Message);
            Salvage();
            return OpenOnce();
        }
    }

    /// <summary>Moves what verifies into a new file; see <see cref="SqliteSalvage"/>.</summary>
    public void Salvage() => new SqliteSalvage(folder, schema, logger).Run();

    private (SqliteDatabase? Database, string? Refusal) OpenOnce()
    {
        var database = SqliteDatabase.OpenWriter(folder.Database);
        try
        {
            if (schema.Migrate(database) is { } refusal)
            {
                database.Dispose();
                return (null, $"the spool {folder.Database} cannot be used: {refusal}");
            }

            Look(database);
            return (database, null);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    // Cheap whatever the file's size: the length that it ought to have, and both ends of each tree.
    private void Look(SqliteDatabase database)
    {
        // Where a reader is still at work, pages may lie in the journal alone.
        var isWhole = database.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        var wanted = database.Scalar("PRAGMA page_count") * database.Scalar("PRAGMA page_size");
        var found = new FileInfo(folder.Database).Length;
        if (isWhole && found < wanted)
        {
            throw new SqliteException($"the file has {found} bytes and ought to have {wanted}", SQLitePCL.raw.SQLITE_CORRUPT);
        }

        foreach (var (table, key) in (ReadOnlySpan<(string, string)>)[("message", "n"), ("recipient", "message"), ("chunk", "message"), ("attempt", "rowid"), ("draft", "message")])
        {
            database.Scalar($"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1");
            database.Scalar($"SELECT {key} FROM {table} ORDER BY {key} DESC LIMIT 1");
        }

        if (database.Scalar("SELECT count(*) FROM total") != 1)
        {
            throw new SqliteException("the totals are missing", SQLitePCL.raw.SQLITE_CORRUPT);
        }
    }

    // The damaged file was put aside already, and what was salvaged had not taken its place yet.
    private void FinishSalvage()
    {
        if (File.Exists(folder.Salvaged) && !File.Exists(folder.Database))
        {
            File.Move(folder.Salvaged, folder.Database);
        }
    }

    [LoggerMessage(7101, LogLevel.Error, "The spool {Path} is damaged ({Reason}): every message that verifies is moved into a new one")]
    private static partial void Damaged(ILogger logger, string path, string reason);
}
