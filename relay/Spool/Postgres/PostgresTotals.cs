using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// What lies in the spool: this relay's own part is counted with each of its commits, the others' part is read now and
/// then. Thread-safe.
/// </summary>
internal sealed class PostgresTotals
{
    private readonly Lock _lock = new();
    private readonly SpoolCounts _own = new();
    private SpoolCounts _others = new();
    private SpoolId? _oldest;
    private SpoolStatistics _statistics = SpoolStatistics.Empty;

    public SpoolStatistics Statistics => Volatile.Read(ref _statistics);

    /// <summary>A commit of this relay's has changed the totals; with an id it added that message.</summary>
    public void Count(SpoolCounts delta, SpoolId? added = null)
    {
        lock (_lock)
        {
            _own.Add(delta.Values);
            if (added is { } id && (_oldest is null || id.Number < _oldest.Value.Number))
            {
                _oldest = id;
            }

            Tell();
        }
    }

    /// <summary>What the database says of the others, and with <paramref name="own"/> of this relay, too; true where it was not known.</summary>
    public bool Set(SpoolCounts others, SpoolCounts? own, SpoolId? oldest)
    {
        lock (_lock)
        {
            if (own is not null)
            {
                _own.Clear();
                _own.Add(own.Values);
            }

            var isNew = !others.Values.SequenceEqual(_others.Values);
            (_others, _oldest) = (others, oldest);
            Tell();
            return isNew;
        }
    }

    /// <summary>Each connection of each relay counts in a row of its own, so that none waits for another's commit.</summary>
    public static void Count(PostgresBatch batch, int owner, int slot, SpoolCounts delta) => batch.Add(
        "INSERT INTO relay_spool.total AS t(owner, slot, counts) VALUES($1, $2, $3) ON CONFLICT (owner, slot) DO UPDATE"
        + " SET counts=(SELECT array_agg(a+b ORDER BY i) FROM unnest(t.counts, excluded.counts) WITH ORDINALITY u(a, b, i))",
        Value(owner),
        Value(slot),
        Value(delta.Values.ToArray()));

    /// <summary>Reads the rows of all owners: (own, others).</summary>
    public static async Task<(SpoolCounts Own, SpoolCounts Others)> ReadAsync(NpgsqlDataReader row, int owner)
    {
        var (own, others) = (new SpoolCounts(), new SpoolCounts());
        while (await row.ReadAsync())
        {
            (row.GetInt32(0) == owner ? own : others).Add(row.GetFieldValue<long[]>(1));
        }

        return (own, others);
    }

    private void Tell() => Volatile.Write(ref _statistics, SpoolCounts.Statistics(_own, _others, _oldest));
}
