namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Makes a message real: its envelope and recipients, and its body where that was not appended before.</summary>
/// <param name="message">The message.</param>
/// <param name="isClaimed">Somebody holds the claim on it already: it waits for nobody else.</param>
/// <param name="lanes">Where it waits otherwise.</param>
/// <param name="disown">Hears of a message that may be there although its commit failed.</param>
internal sealed class AddWrite(NewMessage message, bool isClaimed, LaneTable lanes, Action<SpoolId> disown) : SpoolWrite
{
    private readonly uint _sum = message.Body.IsEmpty ? 0 : BodyChecksum.Of(message.Body.Span);
    private readonly int _lane = StoredRows.LaneOf(message.Message);

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals) => Insert(database, totals, message, _sum);

    public override void Committed(SpoolOutcome outcome)
    {
        if (outcome == SpoolOutcome.Done && !isClaimed)
        {
            lanes.Waiting(_lane, message.Recipients);
        }
    }

    public override void Failed() => disown(message.Message.Id);

    /// <summary>Inserts it within somebody's transaction.</summary>
    public static SpoolOutcome Insert(SqliteDatabase database, SpoolTotals totals, NewMessage message, uint sum)
    {
        var envelope = message.Message;
        if ((HandedOverIds.Compare(database.Statement("SELECT wire_bytes, body_sum FROM message WHERE n=?").Bind(1, envelope.Id.Number), envelope)
            ?? (message.HandedOverAt is null ? null : HandedOverIds.Find(database, envelope))) is { } there)
        {
            return there;
        }

        if (!message.Body.IsEmpty)
        {
            AppendWrite.Insert(database, envelope.Id, 0, message.Body.Span, sum);
        }
        else if (Verify(database, envelope) is var outcome and not SpoolOutcome.Done)
        {
            return outcome;
        }

        if (message.HandedOverAt is { } at)
        {
            HandedOverIds.Remember(database, envelope, at);
        }

        SqliteRows.Insert(database, envelope);
        foreach (var recipient in message.Recipients)
        {
            SqliteRows.Insert(database, envelope, recipient);
        }

        foreach (var attempt in message.Attempts)
        {
            SqliteRows.Insert(database, envelope.Id, attempt);
        }

        totals.Message(1, envelope.WireBytes);
        totals.States(0, States(message.Recipients));
        return SpoolOutcome.Done;
    }

    // Count, octets and checksum of what was appended before.
    private static SpoolOutcome Verify(SqliteDatabase database, SpoolMessage message)
    {
        var (count, bytes, sum) = (0, 0L, 0u);
        var row = database.Statement("SELECT k, length(bytes), sum FROM chunk WHERE message=? ORDER BY k").Bind(1, message.Id.Number);
        while (row.Step())
        {
            count += row.Int64(0) == count ? 1 : 0;
            bytes += row.Int64(1);
            sum = BodyChecksum.Append(sum, (uint)row.Int64(2));
        }

        database.Statement("DELETE FROM draft WHERE message=?").Bind(1, message.Id.Number).Run();
        return (count, bytes, sum) == (message.Chunks, message.WireBytes, message.BodyChecksum) ? SpoolOutcome.Done : SpoolOutcome.BodyIncomplete;
    }
}
