using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Every id that a damaged file still tells of, whichever of its trees does: each is walked from both ends, and broken
/// pages are jumped over.
/// </summary>
internal static class SalvageIds
{
    public static IEnumerable<SpoolId> Of(SqliteDatabase source)
    {
        var ids = new SortedSet<long>();
        foreach (var (table, key) in (ReadOnlySpan<(string, string)>)[("message", "n"), ("recipient", "message"), ("chunk", "message")])
        {
            try
            {
                Walk(source, $"SELECT {key} FROM {table} WHERE {key}>? ORDER BY {key} LIMIT 1", forward: true, ids);
                Walk(source, $"SELECT {key} FROM {table} WHERE {key}<? ORDER BY {key} DESC LIMIT 1", forward: false, ids);
            }
            catch (SqliteException)
            {
                // Not even the schema tells of this table; the others may.
            }
        }

        // Bodies that were never made real are no messages.
        try
        {
            var row = source.Statement("SELECT message FROM draft");
            while (row.Step())
            {
                ids.Remove(row.Int64(0));
            }
        }
        catch (SqliteException)
        {
            // Then they are listed as lost, which does no harm.
        }

        return ids.Select(number => new SpoolId(number));
    }

    private static void Walk(SqliteDatabase source, string sql, bool forward, SortedSet<long> ids)
    {
        var at = forward ? 0 : long.MaxValue;
        var jump = 1L;
        var statement = source.Statement(sql);
        while (true)
        {
            try
            {
                var found = statement.Bind(1, at).Scalar(-1);
                if (found < 0)
                {
                    return;
                }

                ids.Add(found);
                at = found;
                jump = 1;
            }
            catch (SqliteException e) when (SqliteFault.IsDamage(e))
            {
                statement.Reset();
                if (forward ? at > long.MaxValue - jump : at < jump)
                {
                    return;
                }

                at += forward ? jump : -jump;
                jump *= 2;
            }
        }
    }
}
