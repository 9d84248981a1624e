using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>What a group comes to, gathered by kind, so that each kind costs one statement however many there are.</summary>
internal sealed class GroupWork
{
    /// <summary>Messages to insert that nobody else can have.</summary>
    public List<SpoolMessage> Messages { get; } = [];

    /// <summary>Bodies of one chunk.</summary>
    public List<(SpoolId Message, ReadOnlyMemory<byte> Bytes)> Bodies { get; } = [];

    public List<StoredRecipient> Recipients { get; } = [];

    public List<StoredRecipient> Updated { get; } = [];

    /// <summary>Recipients that are done with.</summary>
    public List<(long Message, int Number)> Done { get; } = [];

    /// <summary>Messages without a recipient left.</summary>
    public List<long> Removed { get; } = [];

    /// <summary>Claims that end without a change.</summary>
    public List<PostgresClaim> Released { get; } = [];

    /// <summary>A new message's recipients, and its body where that was not appended before.</summary>
    public void Add(NewMessage message, long claim, SpoolCounts counts)
    {
        if (!message.Body.IsEmpty)
        {
            Bodies.Add((message.Message.Id, message.Body));
        }

        var lane = StoredRows.LaneOf(message.Message);
        foreach (var recipient in message.Recipients)
        {
            Recipients.Add(new StoredRecipient(message.Message, lane, recipient, claim));
        }

        counts.Message(1, message.Message.WireBytes);
        counts.States(0, SpoolCounts.StatesOf(message.Recipients));
    }

    public void WriteTo(PostgresBatch batch)
    {
        if (Messages.Count != 0)
        {
            PostgresRows.InsertNew(batch, Messages);
        }

        if (Bodies.Count != 0)
        {
            PostgresRows.Insert(batch, Bodies);
        }

        if (Done.Count != 0)
        {
            batch.Add(
                "DELETE FROM relay_spool.recipient r USING unnest($1::bigint[], $2::int[]) u(message, r) WHERE r.message=u.message AND r.r=u.r",
                Value(Done.ConvertAll(static entry => entry.Message).ToArray()),
                Value(Done.ConvertAll(static entry => entry.Number).ToArray()));
        }

        if (Updated.Count != 0)
        {
            PostgresRows.Update(batch, Updated);
        }

        if (Recipients.Count != 0)
        {
            PostgresRows.Insert(batch, Recipients);
        }

        if (Released.Count != 0)
        {
            batch.Add(
                "UPDATE relay_spool.recipient SET claim=0 WHERE message=ANY($1) AND claim=ANY($2)",
                Value(Released.ConvertAll(static claim => claim.Message.Id.Number).ToArray()),
                Value(Released.ConvertAll(static claim => claim.Token).ToArray()));
        }

        if (Removed.Count != 0)
        {
            PostgresRows.Remove(batch, Removed);
        }
    }
}
