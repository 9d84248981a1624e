using System.Collections.Concurrent;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Connections that read, lent one at a time. Those of before a reopening are closed as they come back.</summary>
internal sealed class SqliteReaders(string path) : IDisposable
{
    private const int MostKept = 8;

    private readonly ConcurrentBag<(int Generation, SqliteDatabase Database)> _idle = [];
    private int _generation;

    /// <summary>Reads; throws what SQLite throws.</summary>
    public T Read<T>(Func<SqliteDatabase, T> read)
    {
        var generation = Volatile.Read(ref _generation);
        SqliteDatabase? database = null;
        while (database is null && _idle.TryTake(out var entry))
        {
            if (entry.Generation == generation)
            {
                database = entry.Database;
            }
            else
            {
                entry.Database.Dispose();
            }
        }

        database ??= SqliteDatabase.OpenReader(path);
        var sound = false;
        try
        {
            var result = read(database);
            sound = true;
            return result;
        }
        finally
        {
            // A statement left in the middle would hold its snapshot.
            if (sound && generation == Volatile.Read(ref _generation) && _idle.Count < MostKept)
            {
                _idle.Add((generation, database));
            }
            else
            {
                database.Dispose();
            }
        }
    }

    /// <summary>The file was, or will be, opened anew: nothing that is open now is used again.</summary>
    public void Renew()
    {
        Interlocked.Increment(ref _generation);
        Dispose();
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var entry))
        {
            entry.Database.Dispose();
        }
    }
}
