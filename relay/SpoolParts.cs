using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.Relay.Spool.Sqlite;

namespace RelayOperator.Relay;

/// <summary>Makes the store that a pool asks for.</summary>
internal static class SpoolParts
{
    /// <summary>The pool's spool, not opened yet; null where it has none.</summary>
    public static ISpool? Create(PoolConfig config, RelayOptions options, TimeProvider time, RelayMetrics metrics, ILoggerFactory loggers) =>
        config.Spool switch
        {
            null => null,
            { PostgresUri.Length: 0 } => new SqliteSpool(options.SpoolFolder, time, loggers.CreateLogger<SqliteSpool>(), metrics.SpoolCommit, metrics.PossibleDuplicates),
            { PostgresUri: var uri } => new PostgresSpool(AddressOf(uri), time, loggers.CreateLogger<PostgresSpool>(), metrics.SpoolCommit, metrics.PossibleDuplicates),
        };

    /// <summary>Why a pool cannot be served as it is started; null where it can.</summary>
    public static string? RefusalOf(PoolConfig config, RelayOptions options) =>
        config.Spool is { PostgresUri.Length: 0 } && options.SpoolFolder.Length == 0
            ? "the pool has a spool (spec.spool.storage): say with --spool DIR where it is to lie"
            : null;

    /// <summary>Whether a running relay can take over a configuration as far as its spool goes; a text where not.</summary>
    public static string? RefusalOfChange(PoolConfig before, PoolConfig after) =>
        (before.Spool, after.Spool) switch
        {
            (null, null) => true,
            ({ PostgresUri.Length: 0 }, { PostgresUri.Length: 0 }) => true,
            ({ PostgresUri: { Length: > 0 } one }, { PostgresUri: { Length: > 0 } other }) => AddressOf(one).IsSamePlace(AddressOf(other)),
            _ => false,
        }
            ? null
            : "spec.spool: it was added, taken away or moved to another store: that takes a relay that is started anew";

    /// <summary>Takes over what of a spool can change while it runs: the password of its database.</summary>
    public static void Update(ISpool? spool, PoolConfig config)
    {
        if (spool is PostgresSpool postgres && config.Spool is { PostgresUri.Length: > 0 } at)
        {
            postgres.TakePassword(AddressOf(at.PostgresUri).Password);
        }
    }

    // A configuration with an address that cannot be read is refused before it comes here.
    private static PostgresAddress AddressOf(string uri) => PostgresAddress.Parse(uri, out var fault) ?? throw new ArgumentException(fault, nameof(uri));
}
