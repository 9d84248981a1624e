using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class SqliteSpoolTests : SpoolContractTests
{
    private readonly TempFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override ISpool Create(TimeProvider time) => new SqliteSpool(_folder.Path, time, NullLogger.Instance, static _ => { }, static _ => { });

    // What is claimed stands in the flight file until its claim ends, and closing ends none.
    protected override Task CrashAsync(ISpool spool) => spool.DisposeAsync().AsTask();
}
