using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>What an error of SQLite means for the spool.</summary>
internal static class SqliteFault
{
    /// <summary>The file's content is not what it was: only salvage helps.</summary>
    public static bool IsDamage(SqliteException e) => e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_FORMAT;

    public static bool IsFull(SqliteException e) => e.SqliteErrorCode == raw.SQLITE_FULL;

    /// <summary>The fault in words for an operator.</summary>
    public static string Describe(SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "the disk is full",
        raw.SQLITE_READONLY => "the file or its file system is read-only",
        raw.SQLITE_IOERR => $"the disk fails ({e.Message}, {e.SqliteExtendedErrorCode})",
        raw.SQLITE_CANTOPEN => $"the file cannot be opened ({e.Message})",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"the file is damaged ({e.Message})",
        _ => $"{e.Message} ({e.SqliteExtendedErrorCode})",
    };
}
