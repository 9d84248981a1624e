using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Saves what can be saved of a damaged file: every message whose envelope, recipients and body verify moves into a new
/// spool. The damaged file is kept beside it, with a list of what could not be read, for somebody to look at. It reads
/// by SQLite's own trees: what hangs on a page that is gone is lost with it.
/// </summary>
internal sealed partial class SqliteSalvage(SpoolFolder folder, SqliteSchema schema, ILogger logger)
{
    private const int MessagesPerCommit = 200;

    /// <summary>Does it; throws <see cref="SqliteException"/> or <see cref="IOException"/> where there is no room or no way to: then all is as it was.</summary>
    public void Run()
    {
        RemoveFile(folder.Salvaged);
        var lost = new List<string>();
        var saved = 0;
        using (var target = SqliteDatabase.OpenWriter(folder.Salvaged))
        {
            schema.Migrate(target);
            if (TryOpen() is { } source)
            {
                using (source)
                {
                    saved = Copy(source, target, lost);
                }
            }
            else
            {
                lost.Add("all of it: the file is no database any more");
            }

            target.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            target.Execute("PRAGMA journal_mode=DELETE"); // one file, so that one rename moves it
        }

        var aside = PutAside(lost);
        File.Move(folder.Salvaged, folder.Database);
        Salvaged(logger, saved, lost.Count, aside);
    }

    private SqliteDatabase? TryOpen()
    {
        try
        {
            return SqliteDatabase.OpenDamaged(folder.Database);
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    private static int Copy(SqliteDatabase source, SqliteDatabase target, List<string> lost)
    {
        var totals = new SpoolTotals();
        var bodies = new SalvageBodies(source);
        var saved = 0;
        target.Execute("BEGIN");
        foreach (var id in SalvageIds.Of(source))
        {
            if (CopyMessage(source, bodies, target, totals, id) is { } reason)
            {
                lost.Add($"{id} received {id.MadeAt.ToString("O", CultureInfo.InvariantCulture)}: {reason}");
                continue;
            }

            if (++saved % MessagesPerCommit == 0)
            {
                totals.Write(target);
                target.Execute("COMMIT;BEGIN");
            }
        }

        totals.Write(target);
        target.Execute("COMMIT");
        return saved;
    }

    // Null where it was copied, otherwise why not. Nothing of it is in the target then.
    private static string? CopyMessage(SqliteDatabase source, SalvageBodies bodies, SqliteDatabase target, SpoolTotals totals, SpoolId id)
    {
        SpoolMessage? message;
        List<SpoolRecipient> recipients;
        try
        {
            message = SqliteRows.Message(source, id, out var verifies, out _);
            recipients = SqliteRows.Recipients(source, id, out var theyVerify);
            if (message is null || recipients.Count == 0 || !verifies || !theyVerify)
            {
                return $"the envelope {(message is null ? "is missing" : "does not verify")}; {recipients.Count} recipients{Names(recipients)}";
            }
        }
        catch (SqliteException e)
        {
            return $"the envelope cannot be read: {e.Message}";
        }

        target.Execute("SAVEPOINT one");
        try
        {
            var sum = 0u;
            for (var k = 0; k < message.Chunks; k++)
            {
                if (bodies.Read(id, k) is not { } bytes)
                {
                    target.Execute("ROLLBACK TO one;RELEASE one");
                    return $"chunk {k} of {message.Chunks} is missing or does not verify; from {message.Mail}{Names(recipients)}";
                }

                var chunkSum = BodyChecksum.Of(bytes);
                sum = BodyChecksum.Append(sum, chunkSum);
                AppendWrite.Insert(target, id, k, bytes, chunkSum);
            }

            if (sum != message.BodyChecksum)
            {
                target.Execute("ROLLBACK TO one;RELEASE one");
                return $"the body does not verify; from {message.Mail}{Names(recipients)}";
            }
        }
        catch (SqliteException e) when (SqliteFault.IsDamage(e))
        {
            target.Execute("ROLLBACK TO one;RELEASE one");
            return $"the body cannot be read: {e.Message}; from {message.Mail}{Names(recipients)}";
        }

        SqliteRows.Insert(target, message);
        foreach (var recipient in recipients)
        {
            SqliteRows.Insert(target, message, recipient);
        }

        target.Execute("RELEASE one");
        totals.Message(1, message.WireBytes);
        totals.States(0, recipients.Aggregate(0, (states, recipient) => states | (1 << (int)recipient.State)));
        return null;
    }

    private static string Names(List<SpoolRecipient> recipients) =>
        recipients.Count == 0 ? "" : $" for {string.Join(", ", recipients.Select(recipient => recipient.Rcpt))}";

    private string PutAside(List<string> lost)
    {
        var aside = Path.Combine(folder.Path, $"damaged-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(aside);
        if (lost.Count != 0)
        {
            File.WriteAllLines(Path.Combine(aside, "lost.txt"), lost);
        }

        // The journal first: without it the file is older, with another file's it would be wrong.
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm", ""])
        {
            if (File.Exists(folder.Database + suffix))
            {
                File.Move(folder.Database + suffix, Path.Combine(aside, $"spool.db{suffix}"));
            }
        }

        return aside;
    }

    private static void RemoveFile(string path)
    {
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm", ""])
        {
            File.Delete(path + suffix);
        }
    }

    [LoggerMessage(7102, LogLevel.Error, "Salvaged {Saved} messages, {Lost} could not be read; the damaged file lies in {Folder}, with the list lost.txt of those")]
    private static partial void Salvaged(ILogger logger, int saved, int lost, string folder);
}
