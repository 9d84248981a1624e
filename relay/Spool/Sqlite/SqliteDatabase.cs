using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// One connection to the spool's file, with the statements prepared on it. One user at a time. Never maps the file into
/// memory: there, a truncated file would end the process instead of failing a read.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private SqliteDatabase(SqliteConnection connection) => _connection = connection;

    /// <summary>Changed rows of the last statement.</summary>
    public int Changes => raw.sqlite3_changes(_connection.Handle!);

    /// <summary>Opens the one connection that writes; makes the file where it is missing.</summary>
    public static SqliteDatabase OpenWriter(string path)
    {
        var database = Open(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            database.Execute("PRAGMA journal_mode=WAL");
            database.Execute("PRAGMA synchronous=FULL");
            // Pages that are written and freed again between two checkpoints never reach the file.
            database.Execute("PRAGMA wal_autocheckpoint=4000");
            database.Execute("PRAGMA journal_size_limit=67108864");
            database.Execute("PRAGMA cache_size=-16384");
            database.Execute("PRAGMA cell_size_check=ON");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads.</summary>
    public static SqliteDatabase OpenReader(string path)
    {
        var database = Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            database.Execute("PRAGMA query_only=ON");
            database.Execute("PRAGMA cache_size=-2048");
            database.Execute("PRAGMA cell_size_check=ON");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a damaged file for reading, as far as that goes: without this, SQLite refuses one that is too short.</summary>
    public static SqliteDatabase OpenDamaged(string path)
    {
        var database = Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            database.Execute("PRAGMA writable_schema=ON");
            database.Execute("PRAGMA query_only=ON");
            database.Scalar("SELECT count(*) FROM sqlite_schema");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The statement for <paramref name="sql"/>, prepared once.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements[sql] = statement = new SqliteStatement(_connection.Handle!, sql);
        }

        return statement;
    }

    /// <summary>Runs statements for their effect, each once.</summary>
    public void Execute(string sql)
    {
        foreach (var part in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            using var statement = new SqliteStatement(_connection.Handle!, part);
            statement.Run();
        }
    }

    public long Scalar(string sql)
    {
        using var statement = new SqliteStatement(_connection.Handle!, sql);
        return statement.Scalar(0);
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private static SqliteDatabase Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle!, 5000);
            return new SqliteDatabase(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
