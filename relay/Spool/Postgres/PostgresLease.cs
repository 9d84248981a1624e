using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// This relay among those that share the database: its number, and until when what it has claimed is its own. The time is
/// the database's; here it is known on the safe side, counted from before the lease was asked for. Thread-safe.
/// </summary>
internal sealed class PostgresLease(TimeProvider time, TimeSpan length)
{
    private Term _term = new(0, 0);
    private int _claims;

    /// <summary>The number of this relay; another one each time that it has lost the lease.</summary>
    public int Owner => Volatile.Read(ref _term).Owner;

    /// <summary>How long a lease lasts after each renewal.</summary>
    public TimeSpan Length => length;

    /// <summary>A number that no claim has had: the owner's in its upper half.</summary>
    public long NextClaim() => First(Owner) | (uint)Interlocked.Increment(ref _claims);

    /// <summary>The first of so many numbers in a row.</summary>
    public long NextClaims(int count)
    {
        while (true)
        {
            var last = (uint)Interlocked.Add(ref _claims, count);
            if (last >= count)
            {
                return First(Owner) | (last - (uint)count + 1);
            }
        }
    }

    public static int OwnerOf(long claim) => (int)(claim >> 32);

    /// <summary>Below all claims of an owner.</summary>
    public static long First(int owner) => (long)owner << 32;

    /// <summary>Whether what this owner has claimed stays its own for so long from now on.</summary>
    public bool HoldsFor(int owner, TimeSpan span)
    {
        var term = Volatile.Read(ref _term);
        return term.Owner == owner && length - time.GetElapsedTime(term.Renewed) >= span;
    }

    /// <summary>Becomes an owner, with a lease of full length.</summary>
    public async Task RegisterAsync(NpgsqlConnection connection)
    {
        var now = time.GetTimestamp();
        await using var command = new NpgsqlCommand(
            "INSERT INTO relay_spool.owner(expires) VALUES(clock_timestamp()+make_interval(secs=>$1)) RETURNING id", connection);
        command.Parameters.Add(Value(length.TotalSeconds));
        Volatile.Write(ref _term, new Term((int)(await command.ExecuteScalarAsync())!, now));
    }

    /// <summary>Renews the lease; false where it was lost to somebody who took over.</summary>
    public async Task<bool> RenewAsync(NpgsqlConnection connection)
    {
        var (owner, now) = (Owner, time.GetTimestamp());
        // A lease needs no disk: a server that forgets it has lost the relay's connections, too.
        await using var batch = new PostgresBatch(connection);
        batch.Add("BEGIN").Add("SET LOCAL synchronous_commit=off")
            .Add("UPDATE relay_spool.owner SET expires=clock_timestamp()+make_interval(secs=>$1) WHERE id=$2 RETURNING id", Value(length.TotalSeconds), Value(owner))
            .Add("COMMIT");
        await using var row = await batch.ReadAsync();
        if (!await row.ReadAsync())
        {
            return false;
        }

        Volatile.Write(ref _term, new Term(owner, now));
        return true;
    }

    /// <summary>Ends it at once: whoever comes next takes over what is claimed.</summary>
    public async Task EndAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("UPDATE relay_spool.owner SET expires='-infinity' WHERE id=$1", connection);
        command.Parameters.Add(Value(Owner));
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Term(int Owner, long Renewed);
}

/// <summary>Somebody has taken over from this relay: it writes nothing until it is an owner again.</summary>
internal sealed class LeaseLostException() : Exception("the lease on the spool was lost");
