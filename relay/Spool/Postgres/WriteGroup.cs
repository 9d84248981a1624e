using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Writes that share one transaction. Whoever changes recipients holds the row lock on their messages, taken in order of
/// their ids, or a claim on all of them. To be run once.
/// </summary>
internal abstract class WriteGroup
{
    /// <summary>What the group changes in the totals.</summary>
    public SpoolCounts Delta { get; } = new();

    /// <summary>The seal, as the group found it.</summary>
    public SpoolSeal? Seal { get; protected set; }

    /// <summary>Whether the commit was asked for: from then on a failure leaves open whether it came to pass.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Runs it; throws what the database throws, and <see cref="LeaseLostException"/>.</summary>
    public abstract Task RunAsync(NpgsqlConnection connection, PostgresLease lease, int slot);

    /// <summary>Whether an error by which the server has undone it says that it took too much for granted.</summary>
    public virtual bool IsRefuted(Exception e) => false;

    /// <summary>Counts, and commits what was gathered.</summary>
    protected Task CommitAsync(PostgresBatch batch, int owner, int slot)
    {
        if (!Delta.IsZero)
        {
            PostgresTotals.Count(batch, owner, slot, Delta);
        }

        batch.Add("COMMIT");
        IsCommitting = true;
        return batch.RunAsync();
    }
}
