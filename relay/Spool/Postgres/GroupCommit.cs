using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Brings a group of writes into the database: anew where another transaction was in the way, or the group took too much for granted.</summary>
/// <param name="lease">Whose writes they are.</param>
/// <param name="slot">Which row of the totals counts them.</param>
/// <param name="time">The clock.</param>
/// <param name="observeCommit">Gets the seconds that each commit took.</param>
internal sealed class GroupCommit(PostgresLease lease, int slot, TimeProvider time, Action<double> observeCommit)
{
    private const int MostTries = 6;

    /// <summary>Commits them, and throws nothing: what became of it is in the result.</summary>
    public async Task<CommitResult> RunAsync(NpgsqlConnection connection, IReadOnlyList<PostgresWrite> writes)
    {
        for (var tries = 1; ; tries++)
        {
            var started = time.GetTimestamp();
            WriteGroup group = tries == 1 && PlainGroup.Of(writes) is { } plain ? plain : new CheckedGroup(writes);
            try
            {
                await group.RunAsync(connection, lease, slot);
                observeCommit(time.GetElapsedTime(started).TotalSeconds);
                return new CommitResult(group, null, false);
            }
            catch (Exception e) when (e is LeaseLostException || PostgresFault.IsUndone(e))
            {
                try
                {
                    await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
                    await undo.RunAsync();
                }
                catch (Exception broken)
                {
                    return new CommitResult(group, broken, false);
                }

                if (tries == MostTries || !(PostgresFault.IsCollision(e) || group.IsRefuted(e)))
                {
                    return new CommitResult(group, e, false);
                }
            }
            catch (Exception e)
            {
                return new CommitResult(group, e, group.IsCommitting);
            }
        }
    }
}

/// <summary>What became of a group.</summary>
/// <param name="Group">The group, as it was tried last.</param>
/// <param name="Fault">Why it is not known to be kept; null where it is.</param>
/// <param name="IsUnknown">It may be kept nevertheless.</param>
internal sealed record CommitResult(WriteGroup Group, Exception? Fault, bool IsUnknown);
