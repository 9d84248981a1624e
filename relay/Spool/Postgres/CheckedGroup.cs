using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Writes of any kind, in two exchanges with the server: the first takes the locks and looks, the second writes what follows
/// and commits.
/// </summary>
internal sealed class CheckedGroup(IReadOnlyList<PostgresWrite> writes) : WriteGroup
{
    private readonly SortedWrites _sorted = new(writes);

    public override async Task RunAsync(NpgsqlConnection connection, PostgresLease lease, int slot)
    {
        var owner = lease.Owner;
        var look = await GroupLook.TakeAsync(connection, owner, _sorted);
        Seal = look.Seal;
        if (Seal is not null)
        {
            foreach (var write in writes)
            {
                write.Outcome = SpoolOutcome.Sealed;
            }

            await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
            await undo.RunAsync();
            return;
        }

        await using var batch = new PostgresBatch(connection);
        Write(batch, look, lease);
        await CommitAsync(batch, owner, slot);
    }

    private void Write(PostgresBatch batch, GroupLook look, PostgresLease lease)
    {
        var work = new GroupWork();
        foreach (var append in _sorted.Appends)
        {
            PostgresRows.Store(batch, append.Body, append.Number, append.Chunk);
        }

        foreach (var add in _sorted.Adds)
        {
            add.Outcome = look.Judge(add);
            if (add.Outcome == SpoolOutcome.Done)
            {
                add.Token = add.KeepClaim ? lease.NextClaim() : 0;
                work.Add(add.New, add.Token, Delta);
                foreach (var attempt in add.New.Attempts)
                {
                    PostgresRows.Insert(batch, add.Message.Id, attempt);
                }
            }
            else if (add.Outcome == SpoolOutcome.BodyIncomplete)
            {
                work.Removed.Add(add.Message.Id.Number);
            }
        }

        foreach (var settle in _sorted.Settles)
        {
            settle.Outcome = Settle(batch, work, look, settle);
        }

        foreach (var release in _sorted.Releases)
        {
            work.Released.Add(release.Claim);
            if (release.Claim.IsSuspect)
            {
                batch.Add("UPDATE relay_spool.message SET crashes=greatest(crashes-1, 0) WHERE n=$1", Value(release.Claim.Message.Id.Number));
            }
        }

        work.WriteTo(batch);
    }

    private SpoolOutcome Settle(PostgresBatch batch, GroupWork work, GroupLook look, SettleWrite settle)
    {
        var (settlement, claim, id) = (settle.Settlement, settle.Claim, settle.Message.Number);
        if (look.Standings(settlement, claim) is not { } standings)
        {
            return SpoolOutcome.ClaimLost;
        }

        var before = States(standings);
        var lane = StoredRows.LaneOf(claim.Message);
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                standings[result.Number] = new GroupLook.Standing((int)after.State, 0);
                work.Updated.Add(new StoredRecipient(claim.Message, lane, after, 0));
            }
            else
            {
                standings.Remove(result.Number);
                work.Done.Add((id, result.Number));
            }
        }

        foreach (var added in settlement.Added)
        {
            standings[added.Number] = new GroupLook.Standing((int)added.State, 0);
            work.Recipients.Add(new StoredRecipient(claim.Message, lane, added, 0));
        }

        Delta.States(before, States(standings));
        foreach (var notification in settlement.Notifications)
        {
            work.Messages.Add(notification.Message);
            work.Add(notification, 0, Delta);
        }

        if (standings.Count == 0)
        {
            work.Removed.Add(id);
            Delta.Message(-1, -claim.Message.WireBytes);
            return SpoolOutcome.Done;
        }

        if (settlement.Added.Count != 0)
        {
            batch.Add("UPDATE relay_spool.message SET recipients=recipients+$2 WHERE n=$1", Value(id), Value(settlement.Added.Count));
        }

        if (settle.Outlived)
        {
            batch.Add("UPDATE relay_spool.message SET crashes=0 WHERE n=$1", Value(id));
        }

        if (settlement.Attempt is { } attempt)
        {
            PostgresRows.Insert(batch, claim.Message.Id, attempt);
        }

        return SpoolOutcome.Done;
    }

    private static int States(SortedDictionary<int, GroupLook.Standing> standings)
    {
        var states = 0;
        foreach (var standing in standings.Values)
        {
            states |= 1 << standing.State;
        }

        return states;
    }
}
