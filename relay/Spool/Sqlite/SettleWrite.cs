namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Carries out what became of a claim.</summary>
internal sealed class SettleWrite(Settlement settlement, ClaimTable claims, LaneTable lanes) : SpoolWrite
{
    // The first ones tell how it began, the latest how it stands.
    private const int AttemptsKept = 50;

    private readonly SpoolMessage _message = settlement.Claim.Message;

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        if (!claims.Holds(settlement.Claim))
        {
            return SpoolOutcome.ClaimLost;
        }

        foreach (var notification in settlement.Notifications)
        {
            if (AddWrite.Insert(database, totals, notification, BodyChecksum.Of(notification.Body.Span)) is var outcome and not SpoolOutcome.Done)
            {
                return outcome;
            }
        }

        // Whose only recipient it is, its states are known without looking.
        var alone = _message.Recipients == 1 && settlement.Added.Count == 0;
        var before = alone ? States(settlement.Claim.Recipients) : States(database, _message.Id);
        if (alone && database.Statement("SELECT 1 FROM message WHERE n=?").Bind(1, _message.Id.Number).Scalar(0) == 0)
        {
            return SpoolOutcome.NotFound; // A salvage could not save it.
        }

        var left = ChangeRecipients(database);
        if (!alone)
        {
            left = States(database, _message.Id);
        }

        totals.States(before, left);
        if (settlement.IsHandedOver)
        {
            HandedOverIds.Forget(database, _message.Id);
        }

        if (left == 0)
        {
            Remove(database, totals, _message.Id, _message.WireBytes);
        }
        else if (settlement.Attempt is { } attempt)
        {
            Note(database, attempt);
        }

        return SpoolOutcome.Done;
    }

    public override void Committed(SpoolOutcome outcome)
    {
        if (outcome == SpoolOutcome.BodyIncomplete)
        {
            return; // Nothing is settled: the claim goes on.
        }

        claims.End(settlement.Claim);
        if (outcome != SpoolOutcome.Done)
        {
            return;
        }

        var lane = StoredRows.LaneOf(_message);
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                lanes.Waiting(lane, after);
            }
        }

        lanes.Waiting(lane, settlement.Added);
        foreach (var notification in settlement.Notifications)
        {
            lanes.Waiting(StoredRows.LaneOf(notification.Message), notification.Recipients);
        }
    }

    private int ChangeRecipients(SqliteDatabase database)
    {
        var states = 0;
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                SqliteRows.Update(database, _message.Id, after);
                states |= 1 << (int)after.State;
            }
            else
            {
                database.Statement("DELETE FROM recipient WHERE message=? AND r=?").Bind(1, _message.Id.Number).Bind(2, result.Number).Run();
            }
        }

        foreach (var added in settlement.Added)
        {
            SqliteRows.Insert(database, _message, added);
        }

        if (settlement.Added.Count != 0)
        {
            database.Statement("UPDATE message SET recipients=recipients+? WHERE n=?").Bind(1, settlement.Added.Count).Bind(2, _message.Id.Number).Run();
        }

        return states;
    }

    private void Note(SqliteDatabase database, AttemptNote attempt)
    {
        SqliteRows.Insert(database, _message.Id, attempt);
        database.Statement(
                "DELETE FROM attempt WHERE message=?1 AND (SELECT count(*) FROM attempt WHERE message=?1)>?2"
                + " AND rowid=(SELECT rowid FROM attempt WHERE message=?1 ORDER BY at LIMIT 1 OFFSET 5)")
            .Bind(1, _message.Id.Number).Bind(2, AttemptsKept).Run();
    }
}
