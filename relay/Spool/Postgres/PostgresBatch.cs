using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Statements that go to the server together, one answer for all; the results of those that have rows come in their order.</summary>
internal sealed class PostgresBatch(NpgsqlConnection connection) : IAsyncDisposable
{
    private readonly NpgsqlBatch _batch = new(connection);

    /// <summary>Begins a transaction whose commit is on disk when it is answered, whatever the server's defaults are.</summary>
    public PostgresBatch Begin() => Add("BEGIN").Add("SET LOCAL synchronous_commit=on");

    public PostgresBatch Add(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        _batch.BatchCommands.Add(command);
        return this;
    }

    /// <summary>The n-th parameter of a statement, by its place.</summary>
    public static NpgsqlParameter Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    public Task<NpgsqlDataReader> ReadAsync() => _batch.ExecuteReaderAsync();

    public async Task RunAsync() => await _batch.ExecuteNonQueryAsync();

    public ValueTask DisposeAsync() => _batch.DisposeAsync();
}
