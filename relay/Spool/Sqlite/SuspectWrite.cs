namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Counts a crash in advance, or forgets those that were counted.</summary>
internal sealed class SuspectWrite(SpoolClaim claim, bool outlived, ClaimTable claims, LaneTable lanes) : SpoolWrite
{
    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        var id = claim.Message.Id;
        if (!outlived)
        {
            database.Statement("UPDATE message SET crashes=crashes+1 WHERE n=?").Bind(1, id.Number).Run();
            return SpoolOutcome.Done;
        }

        var before = States(database, id);
        database.Statement("UPDATE message SET crashes=0 WHERE n=?").Bind(1, id.Number).Run();
        foreach (var recipient in claim.Recipients)
        {
            SqliteRows.Update(database, id, recipient with { State = RecipientState.Waiting });
        }

        totals.States(before, States(database, id));
        return SpoolOutcome.Done;
    }

    public override void Committed(SpoolOutcome outcome)
    {
        if (outlived)
        {
            claims.End(claim);
            foreach (var recipient in claim.Recipients)
            {
                lanes.Waiting(StoredRows.LaneOf(claim.Message), recipient with { State = RecipientState.Waiting });
            }
        }
    }
}
