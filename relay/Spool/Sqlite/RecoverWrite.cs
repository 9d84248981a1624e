namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Makes ready what an earlier process left: what was in flight becomes suspect, what waited for a verdict waits for its
/// turn, bodies without a message go.
/// </summary>
internal sealed class RecoverWrite(IReadOnlyList<SpoolId> inFlight, long now) : SpoolWrite
{
    /// <summary>Messages that a hub may have got, and that are sent again.</summary>
    public int PossibleDuplicates { get; private set; }

    public override bool BreaksSeal => true; // A sealed spool is empty: there is nothing to make ready.

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        PossibleDuplicates = 0;
        foreach (var id in inFlight)
        {
            var before = States(database, id);
            database.Statement("UPDATE recipient SET state=? WHERE message=? AND state=?")
                .Bind(1, (int)RecipientState.Suspect).Bind(2, id.Number).Bind(3, (int)RecipientState.Waiting).Run();
            PossibleDuplicates += database.Changes == 0 ? 0 : 1;
            totals.States(before, States(database, id));
        }

        PossibleDuplicates += Awaiting(database, RecipientState.InDoubt).Count;
        foreach (var id in (List<long>)[.. Awaiting(database, RecipientState.InDoubt), .. Awaiting(database, RecipientState.Inactive)])
        {
            var before = States(database, new SpoolId(id));
            database.Statement("UPDATE recipient SET state=?, due=? WHERE message=? AND state IN (?,?)")
                .Bind(1, (int)RecipientState.Waiting).Bind(2, now).Bind(3, id)
                .Bind(4, (int)RecipientState.InDoubt).Bind(5, (int)RecipientState.Inactive).Run();
            totals.States(before, States(database, new SpoolId(id)));
        }

        return new DropWrite(null).Apply(database, totals);
    }

    private static List<long> Awaiting(SqliteDatabase database, RecipientState state)
    {
        List<long> ids = [];
        var row = database.Statement("SELECT DISTINCT message FROM recipient WHERE state=? AND state<>0").Bind(1, (int)state);
        while (row.Step())
        {
            ids.Add(row.Int64(0));
        }

        return ids;
    }
}
