namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Which messages peers handed over, kept beyond their delivery: a peer that did not hear that one was taken hands it over
/// again. Two pods may make the same id, though hardly ever, so that the body is compared. Contract: an id is remembered only while whatever comes of that id is a copy. Where a message leaves this spool
/// undelivered (handed on, deleted by hand, disowned) its id is forgotten in the same commit, since it may come back.
/// </summary>
internal static class HandedOverIds
{
    // A peer that was down for longer than this hands over twice.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>Known for one that came before, Clash for another one of its id; null for neither.</summary>
    public static SpoolOutcome? Find(SqliteDatabase database, SpoolMessage message) =>
        Compare(database.Statement("SELECT bytes, sum FROM handed WHERE n=?").Bind(1, message.Id.Number), message);

    /// <summary>The same of what a statement selects: octets and checksum of a body.</summary>
    public static SpoolOutcome? Compare(SqliteStatement row, SpoolMessage message)
    {
        if (!row.Step())
        {
            return null;
        }

        var isSame = (row.Int64(0), row.Int64(1)) == (message.WireBytes, message.BodyChecksum);
        row.Reset();
        return isSame ? SpoolOutcome.Known : SpoolOutcome.Clash;
    }

    /// <summary>Notes a message, and lets go of a few that are old.</summary>
    public static void Remember(SqliteDatabase database, SpoolMessage message, DateTimeOffset at)
    {
        database.Statement("DELETE FROM handed WHERE n IN (SELECT n FROM handed WHERE at<? ORDER BY at LIMIT 4)")
            .Bind(1, (at - Memory).ToUnixTimeMilliseconds()).Run();
        database.Statement("INSERT INTO handed(n, bytes, sum, at) VALUES(?,?,?,?)")
            .Bind(1, message.Id.Number).Bind(2, message.WireBytes).Bind(3, message.BodyChecksum).Bind(4, at.ToUnixTimeMilliseconds()).Run();
    }

    public static void Forget(SqliteDatabase database, SpoolId id) =>
        database.Statement("DELETE FROM handed WHERE n=?").Bind(1, id.Number).Run();
}
