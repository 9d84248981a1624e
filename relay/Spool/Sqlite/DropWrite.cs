namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Gives up bodies without a message: one, or with null those of an earlier process.</summary>
internal sealed class DropWrite(SpoolId? body) : SpoolWrite
{
    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        if (body is { } one)
        {
            database.Statement("DELETE FROM chunk WHERE message=? AND EXISTS(SELECT 1 FROM draft WHERE message=?)").Bind(1, one.Number).Bind(2, one.Number).Run();
            database.Statement("DELETE FROM draft WHERE message=?").Bind(1, one.Number).Run();
        }
        else
        {
            database.Statement("DELETE FROM chunk WHERE message IN (SELECT message FROM draft)").Run();
            database.Statement("DELETE FROM draft").Run();
        }

        return SpoolOutcome.Done;
    }
}
