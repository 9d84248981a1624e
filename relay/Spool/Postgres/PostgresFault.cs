using System.Net.Sockets;
using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>What an error of PostgreSQL, or of the way to it, means for the spool.</summary>
internal static class PostgresFault
{
    /// <summary>Whether an exception is one that a database, or the network before it, can cause; a connection that broke meanwhile is no longer open.</summary>
    public static bool Is(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException or InvalidOperationException;

    /// <summary>The server itself said that the transaction was undone; whatever else happens leaves that open.</summary>
    public static bool IsUndone(Exception e) => e is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Undone for what another transaction did: the same again may well succeed.</summary>
    public static bool IsCollision(Exception e) => IsUndone(e) && e is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable,
    };

    public static bool IsFull(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.DiskFull };

    /// <summary>Somebody has to mend the configuration of the server or of the relay: no waiting helps.</summary>
    public static bool IsRefusal(Exception e) => e is PostgresException { SqlState: var state }
        && (state.StartsWith("28", StringComparison.Ordinal) || state is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege);

    /// <summary>The fault in words for an operator.</summary>
    public static string Describe(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "the database's disk is full",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "the database is read-only",
        PostgresException error => $"the database says: {error.MessageText} ({error.SqlState})",
        { InnerException: TimeoutException } or TimeoutException => "the database does not answer",
        { InnerException: { } inner } => $"the database cannot be reached: {inner.Message}",
        _ => $"the database cannot be reached: {e.Message}",
    };
}
