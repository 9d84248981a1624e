using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// One prepared statement. Straight on SQLite's own calls, since a row costs less that way than the objects around it
/// would. Parameters count from 1, columns from 0. Throws <see cref="SqliteException"/> for what SQLite refuses.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection, sql, out _statement));
    }

    public SqliteStatement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, string value)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row; false behind the last, where the statement is ready to be used again.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        raw.sqlite3_reset(_statement);
        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
        return false;
    }

    /// <summary>Runs it for its effect.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>The first column of its only row; <paramref name="fallback"/> where there is none.</summary>
    public long Scalar(long fallback)
    {
        if (!Step())
        {
            return fallback;
        }

        var value = IsNull(0) ? fallback : Int64(0);
        Reset();
        return value;
    }

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>Leaves rows that are not wanted; a read ends with it.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw new SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), result & 0xff, result);
        }
    }
}
