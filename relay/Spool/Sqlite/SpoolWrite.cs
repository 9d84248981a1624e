namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// One change that waits for the writer. <see cref="Apply"/> runs inside the group's transaction and may run again after a
/// rollback, so it changes nothing but the database, its totals and its own outcome; what memory has to know follows in
/// <see cref="Committed"/>.
/// </summary>
internal abstract class SpoolWrite
{
    private readonly TaskCompletionSource<SpoolOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<SpoolOutcome> Completion => _completion.Task;

    /// <summary>A sealed spool takes it nevertheless.</summary>
    public virtual bool BreaksSeal => false;

    public abstract SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals);

    /// <summary>The group was committed; called before the caller hears of it.</summary>
    public virtual void Committed(SpoolOutcome outcome)
    {
    }

    /// <summary>The group was not committed, or it is not known.</summary>
    public virtual void Failed()
    {
    }

    public void Complete(SpoolOutcome outcome) => _completion.TrySetResult(outcome);

    /// <summary>The states that some recipients are in, a bit for each.</summary>
    protected static int States(IReadOnlyList<SpoolRecipient> recipients)
    {
        var states = 0;
        foreach (var recipient in recipients)
        {
            states |= 1 << (int)recipient.State;
        }

        return states;
    }

    /// <summary>The states that a message's recipients are in, as they stand in the database.</summary>
    protected static int States(SqliteDatabase database, SpoolId id)
    {
        var states = 0;
        var row = database.Statement("SELECT DISTINCT state FROM recipient WHERE message=?").Bind(1, id.Number);
        while (row.Step())
        {
            states |= 1 << (int)row.Int64(0);
        }

        return states;
    }

    /// <summary>Removes a message that has no recipient left, and all that belongs to it.</summary>
    protected static void Remove(SqliteDatabase database, SpoolTotals totals, SpoolId id, long bytes)
    {
        database.Statement("DELETE FROM message WHERE n=?").Bind(1, id.Number).Run();
        database.Statement("DELETE FROM chunk WHERE message=?").Bind(1, id.Number).Run();
        database.Statement("DELETE FROM attempt WHERE message=?").Bind(1, id.Number).Run();
        totals.Message(-1, -bytes);
    }
}
