namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>What lies in the file, counted along with every change and kept in it by the same commit.</summary>
internal sealed class SpoolTotals
{
    private readonly long[] _byState = new long[SpoolStatistics.States];

    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    public void Read(SqliteDatabase database)
    {
        var row = database.Statement("SELECT * FROM total");
        if (row.Step())
        {
            Messages = row.Int64(0);
            Bytes = row.Int64(1);
            for (var i = 0; i < _byState.Length; i++)
            {
                _byState[i] = row.Int64(2 + i);
            }
        }

        row.Reset();
    }

    public void Write(SqliteDatabase database)
    {
        var row = database.Statement("UPDATE total SET messages=?, bytes=?, s0=?, s1=?, s2=?, s3=?, s4=?, s5=?, s6=?, s7=?").Bind(1, Messages).Bind(2, Bytes);
        for (var i = 0; i < _byState.Length; i++)
        {
            row.Bind(3 + i, _byState[i]);
        }

        row.Run();
    }

    public void CopyFrom(SpoolTotals other)
    {
        Messages = other.Messages;
        Bytes = other.Bytes;
        other._byState.CopyTo(_byState, 0);
    }

    public void Message(int count, long bytes)
    {
        Messages += count;
        Bytes += bytes;
    }

    /// <summary>A message had recipients in the states of <paramref name="before"/>, a bit for each, and has now in those of <paramref name="after"/>.</summary>
    public void States(int before, int after)
    {
        for (var i = 0; before != after && i < _byState.Length; i++)
        {
            _byState[i] += ((after >> i) & 1) - ((before >> i) & 1);
        }
    }

    public SpoolStatistics ToStatistics(SpoolId? oldest) => new(Messages, Bytes, [.. _byState], oldest?.MadeAt);
}
