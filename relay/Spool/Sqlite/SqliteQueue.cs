namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Reads the spool as the queue tools see it.</summary>
internal static class SqliteQueue
{
    /// <summary>Messages behind <paramref name="after"/> that a filter takes, oldest first.</summary>
    public static List<QueueEntry> List(SqliteDatabase database, QueueFilter filter, SpoolId after, int max)
    {
        List<QueueEntry> entries = [];
        var ids = filter.Id is { } one ? [one] : Ids(database, filter, after, max);
        while (ids.Count != 0)
        {
            foreach (var id in ids)
            {
                if (Find(database, id, withAttempts: false) is { } entry && filter.Takes(entry))
                {
                    entries.Add(entry);
                }
            }

            // What went meanwhile must not look like the end.
            ids = filter.Id is null && entries.Count < max ? Ids(database, filter, ids[^1], max - entries.Count) : [];
        }

        return entries;
    }

    public static QueueEntry? Find(SqliteDatabase database, SpoolId id) => Find(database, id, withAttempts: true);

    private static QueueEntry? Find(SqliteDatabase database, SpoolId id, bool withAttempts) =>
        SqliteRows.Message(database, id, out _, out _) is { } message
            ? new QueueEntry(message, SqliteRows.Recipients(database, id, out _), withAttempts ? SqliteRows.Attempts(database, id) : [])
            : null;

    private static List<SpoolId> Ids(SqliteDatabase database, QueueFilter filter, SpoolId after, int max)
    {
        List<SpoolId> ids = [];
        var row = database.Statement(
                "SELECT n FROM message WHERE n>?1 AND ((?2='' AND ?3='' AND ?4<0) OR EXISTS(SELECT 1 FROM recipient WHERE message=n"
                + " AND (?2='' OR route=?2) AND (?3='' OR domain=?3) AND (?4<0 OR state=?4)))"
                + " AND received<?5 AND received>=?6 AND (?7='' OR instr(lower(mail), lower(?7))>0) ORDER BY n LIMIT ?8")
            .Bind(1, after.Number)
            .Bind(2, filter.Route ?? "")
            .Bind(3, filter.Domain ?? "")
            .Bind(4, filter.State is { } state ? (int)state : -1)
            .Bind(5, filter.Before?.ToUnixTimeMilliseconds() ?? long.MaxValue)
            .Bind(6, filter.After?.ToUnixTimeMilliseconds() ?? long.MinValue)
            .Bind(7, filter.Sender ?? "")
            .Bind(8, max);
        while (row.Step())
        {
            ids.Add(new SpoolId(row.Int64(0)));
        }

        return ids;
    }
}
