namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Seals the spool, if it is empty; with null breaks the seal.</summary>
internal sealed class SealWrite(SpoolSeal? seal) : SpoolWrite
{
    public override bool BreaksSeal => true;

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        if (seal is not null && (totals.Messages != 0 || database.Statement("SELECT count(*) FROM draft").Scalar(0) != 0))
        {
            return SpoolOutcome.NotEmpty;
        }

        database.Statement("DELETE FROM seal").Run();
        if (seal is not null)
        {
            database.Statement("INSERT INTO seal(token, sequence) VALUES(?,?)").Bind(1, seal.Token).Bind(2, seal.Sequence).Run();
        }

        return SpoolOutcome.Done;
    }

    /// <summary>The seal that is in the file; null for none.</summary>
    public static SpoolSeal? Read(SqliteDatabase database)
    {
        var row = database.Statement("SELECT token, sequence FROM seal");
        var seal = row.Step() ? new SpoolSeal(row.Int64(0), row.Int64(1)) : null;
        row.Reset();
        return seal;
    }
}
