using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>The contract, held against a real PostgreSQL with a database for each test.</summary>
public sealed class PostgresSpoolTests : SpoolContractTests
{
    private PostgresAddress? _address;

    public override async ValueTask InitializeAsync()
    {
        var server = await PostgresServer.SharedAsync();
        _address = PostgresAddress.Parse(await server.CreateDatabaseAsync(), out _);
        await base.InitializeAsync();
    }

    protected override ISpool Create(TimeProvider time) => new PostgresSpool(_address!, time, NullLogger.Instance, static _ => { }, static _ => { });

    // What is claimed stays so when a relay ends; its lease is over at once, as it would be half a minute after a crash.
    protected override Task CrashAsync(ISpool spool) => spool.DisposeAsync().AsTask();
}
