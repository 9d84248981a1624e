using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Reads chunks of a damaged file: by their index, and where that is broken by walking the table itself.</summary>
internal sealed class SalvageBodies(SqliteDatabase source)
{
    private Dictionary<(long Message, long Number), long>? _rows;

    /// <summary>A chunk that verifies; null where it is missing or does not. Throws <see cref="SqliteException"/> where it cannot be read.</summary>
    public byte[]? Read(SpoolId id, int number)
    {
        if (_rows is null)
        {
            try
            {
                return Verified(source.Statement("SELECT sum, bytes FROM chunk WHERE message=? AND k=?").Bind(1, id.Number).Bind(2, number));
            }
            catch (SqliteException e) when (SqliteFault.IsDamage(e))
            {
                _rows = Walk();
            }
        }

        return _rows.TryGetValue((id.Number, number), out var row)
            ? Verified(source.Statement("SELECT sum, bytes FROM chunk NOT INDEXED WHERE rowid=?").Bind(1, row))
            : null;
    }

    private static byte[]? Verified(SqliteStatement row)
    {
        try
        {
            return row.Step() && BodyChecksum.Of(row.Blob(1)) == row.Int64(0) ? row.Blob(1).ToArray() : null;
        }
        finally
        {
            row.Reset();
        }
    }

    // Rows ascend, and those on broken pages are jumped over.
    private Dictionary<(long, long), long> Walk()
    {
        var rows = new Dictionary<(long, long), long>();
        var (at, jump) = (0L, 1L);
        while (true)
        {
            var row = source.Statement("SELECT rowid, message, k FROM chunk NOT INDEXED WHERE rowid>? ORDER BY rowid LIMIT 1").Bind(1, at);
            try
            {
                if (!row.Step())
                {
                    return rows;
                }

                (at, jump) = (row.Int64(0), 1);
                rows[(row.Int64(1), row.Int64(2))] = at;
            }
            catch (SqliteException e) when (SqliteFault.IsDamage(e))
            {
                if (at > long.MaxValue - jump)
                {
                    return rows;
                }

                at += jump;
                jump *= 2;
            }
            finally
            {
                row.Reset();
            }
        }
    }
}
