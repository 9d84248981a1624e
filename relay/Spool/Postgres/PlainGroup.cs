using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// The usual case, in one exchange with the server: messages that come whole, and claims that end with their message. Nothing
/// is looked at beforehand. What is taken for granted (the lease is ours, there is no seal, the ids are new, the claims hold)
/// is demanded by the statements themselves, and where it is not so, the transaction is undone: then the same writes are
/// made as a <see cref="CheckedGroup"/>.
/// </summary>
internal sealed class PlainGroup : WriteGroup
{
    private readonly IReadOnlyList<PostgresWrite> _writes;

    private PlainGroup(IReadOnlyList<PostgresWrite> writes) => _writes = writes;

    /// <summary>The writes as such a group; null where one of them has to be looked at.</summary>
    public static PlainGroup? Of(IReadOnlyList<PostgresWrite> writes)
    {
        var ids = new HashSet<long>(writes.Count);
        foreach (var write in writes)
        {
            var isPlain = write switch
            {
                AddWrite add => !add.New.Body.IsEmpty && add.New.Attempts.Count == 0 && add.Message.Recipients == add.New.Recipients.Count && ids.Add(add.Message.Id.Number),
                SettleWrite settle => EndsMessage(settle) && ids.Add(settle.Message.Number),
                _ => false,
            };
            if (!isPlain)
            {
                return null;
            }
        }

        return new PlainGroup(writes);
    }

    public override bool IsRefuted(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.DivisionByZero or PostgresErrorCodes.UniqueViolation };

    public override async Task RunAsync(NpgsqlConnection connection, PostgresLease lease, int slot)
    {
        var owner = lease.Owner;
        await using var batch = new PostgresBatch(connection).Begin();
        PostgresFence.Demand(batch, owner);
        var work = new GroupWork();
        List<SpoolMessage> added = [];
        List<PostgresClaim> ended = [];
        foreach (var write in _writes)
        {
            write.Outcome = SpoolOutcome.Done;
            switch (write)
            {
                case AddWrite add:
                    add.Token = add.KeepClaim ? lease.NextClaim() : 0;
                    added.Add(add.Message);
                    work.Add(add.New, add.Token, Delta);
                    break;
                case SettleWrite settle:
                    ended.Add(settle.Claim);
                    work.Removed.Add(settle.Message.Number);
                    Delta.States(SpoolCounts.StatesOf(settle.Claim.Recipients), 0);
                    Delta.Message(-1, -settle.Claim.Message.WireBytes);
                    break;
            }
        }

        if (ended.Count != 0)
        {
            PostgresRows.End(batch, ended);
        }

        if (added.Count != 0)
        {
            PostgresRows.Insert(batch, added);
        }

        work.WriteTo(batch);
        await CommitAsync(batch, owner, slot);
    }

    // A claim on every recipient that the message ever had: nobody else has one, and nothing is left.
    private static bool EndsMessage(SettleWrite settle)
    {
        var (settlement, message) = (settle.Settlement, settle.Claim.Message);
        if (settlement.Results.Count != message.Recipients || settle.Claim.Recipients.Count != message.Recipients
            || settlement.Added.Count != 0 || settlement.Notifications.Count != 0)
        {
            return false;
        }

        foreach (var result in settlement.Results)
        {
            if (result.After is not null)
            {
                return false;
            }
        }

        return true;
    }
}
