namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Removes messages whose commit failed and which are there nevertheless: nobody was told that they are kept.</summary>
internal sealed class DisownWrite(IReadOnlyList<SpoolId> ids) : SpoolWrite
{
    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        foreach (var id in ids)
        {
            if (SqliteRows.Message(database, id, out _, out _) is { } message)
            {
                totals.States(States(database, id), 0);
                database.Statement("DELETE FROM recipient WHERE message=?").Bind(1, id.Number).Run();
                Remove(database, totals, id, message.WireBytes);
                HandedOverIds.Forget(database, id);
            }
        }

        return SpoolOutcome.Done;
    }
}
