namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>What an operator, or a check, does to a message that nobody has claimed.</summary>
internal sealed class ChangeWrite(SpoolId id, Func<SpoolRecipient, SpoolRecipient?> change, ClaimTable claims, LaneTable lanes, bool evenClaimed = false) : SpoolWrite
{
    private readonly List<SpoolRecipient> _after = [];
    private SpoolMessage? _message;

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        _after.Clear();
        _message = SqliteRows.Message(database, id, out _, out _);
        if (_message is null)
        {
            return SpoolOutcome.NotFound;
        }

        if (!evenClaimed && claims.IsClaimed(id))
        {
            return SpoolOutcome.ClaimLost;
        }

        var recipients = SqliteRows.Recipients(database, id, out _);
        var changed = false;
        foreach (var recipient in recipients)
        {
            var after = change(recipient);
            changed |= !ReferenceEquals(after, recipient);
            if (after is null)
            {
                database.Statement("DELETE FROM recipient WHERE message=? AND r=?").Bind(1, id.Number).Bind(2, recipient.Number).Run();
                continue;
            }

            if (!ReferenceEquals(after, recipient))
            {
                SqliteRows.Update(database, id, after);
            }

            _after.Add(after);
        }

        totals.States(States(recipients), States(_after));
        if (_after.Count == 0)
        {
            Remove(database, totals, id, _message.WireBytes);
            HandedOverIds.Forget(database, id);
        }

        return changed ? SpoolOutcome.Done : SpoolOutcome.NotFound;
    }

    public override void Committed(SpoolOutcome outcome)
    {
        if (outcome == SpoolOutcome.Done)
        {
            lanes.Waiting(StoredRows.LaneOf(_message!), _after);
        }
    }
}
