using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Reads the file, and sees to what it finds broken there: a message that does not verify becomes Damaged, a file that
/// cannot be read is opened anew by the writer.
/// </summary>
internal sealed class SqliteReads(SqliteReaders readers, SqliteWriter writer, ClaimTable claims, LaneTable lanes)
{
    /// <summary>Reads; <paramref name="otherwise"/> where the file cannot be read.</summary>
    public T Try<T>(Func<SqliteDatabase, T> read, T otherwise)
    {
        var opened = writer.Opened;
        if (!writer.Health.IsGood)
        {
            return otherwise;
        }

        try
        {
            return readers.Read(read);
        }
        catch (SqliteException e)
        {
            writer.Report(e, opened);
            return otherwise;
        }
    }

    /// <summary>Ids of messages, by a statement that selects them.</summary>
    public List<SpoolId> Ids(string sql, string text, long number, int max) => Try(
        database =>
        {
            List<SpoolId> ids = [];
            var row = database.Statement(sql).Bind(1, text).Bind(2, number).Bind(3, max);
            while (row.Step())
            {
                ids.Add(new SpoolId(row.Int64(0)));
            }

            return ids;
        },
        []);

    /// <summary>Reads a chunk, and whether it verifies.</summary>
    public static (byte[]? Bytes, bool Verifies) Chunk(SqliteDatabase database, SpoolId body, int number)
    {
        var row = database.Statement("SELECT sum, bytes FROM chunk WHERE message=? AND k=?").Bind(1, body.Number).Bind(2, number);
        if (!row.Step())
        {
            return (null, false);
        }

        var bytes = row.Blob(1).ToArray();
        var verifies = BodyChecksum.Of(bytes) == row.Int64(0);
        row.Reset();
        return (verifies ? bytes : null, verifies);
    }

    /// <summary>Sets a message aside; whoever holds a claim on it finds that out by itself, and settles nothing.</summary>
    public Task<SpoolOutcome> DamagedAsync(SpoolId id) =>
        writer.Add(new ChangeWrite(
            id,
            recipient => recipient with { State = RecipientState.Damaged, LastReply = "what is stored does not match its checksum" },
            claims,
            lanes,
            evenClaimed: true));

    /// <summary>
    /// Reads a message whole; false where it did not verify, and was set aside. Of one that goes meanwhile something is
    /// missing, too: setting it aside finds nothing then.
    /// </summary>
    public async Task<bool> VerifyAsync(SpoolId id)
    {
        var (chunks, sound) = Try(
            database =>
            {
                var message = StoredMessage(database, id, out var verifies);
                return (message?.Chunks ?? 0, verifies);
            },
            (0, true));
        for (var k = 0; k < chunks && sound; k++)
        {
            var number = k;
            sound = Try(database => Chunk(database, id, number).Verifies, true);
        }

        return sound || await DamagedAsync(id) != SpoolOutcome.Done;
    }

    private static SpoolMessage? StoredMessage(SqliteDatabase database, SpoolId id, out bool verifies)
    {
        var message = SqliteRows.Message(database, id, out var itVerifies, out _);
        SqliteRows.Recipients(database, id, out var theyVerify);
        verifies = message is null || (itVerifies && theyVerify);
        return message;
    }
}
