namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>One chunk of a body whose message comes later.</summary>
internal sealed class AppendWrite(SpoolId body, int number, ReadOnlyMemory<byte> chunk) : SpoolWrite
{
    private readonly uint _sum = BodyChecksum.Of(chunk.Span);

    public override SpoolOutcome Apply(SqliteDatabase database, SpoolTotals totals)
    {
        if (number == 0)
        {
            database.Statement("INSERT INTO draft(message) VALUES(?)").Bind(1, body.Number).Run();
        }

        Insert(database, body, number, chunk.Span, _sum);
        return SpoolOutcome.Done;
    }

    public static void Insert(SqliteDatabase database, SpoolId body, int number, ReadOnlySpan<byte> chunk, uint sum) =>
        database.Statement("INSERT INTO chunk(message, k, sum, bytes) VALUES(?,?,?,?)")
            .Bind(1, body.Number).Bind(2, number).Bind(3, sum).Bind(4, chunk).Run();
}
