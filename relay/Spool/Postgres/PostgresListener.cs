using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Tells the other relays that there is mail, and is told by them. Nothing rests on it: what gets lost here is found by
/// polling. A notification makes commits wait for each other, so it goes by itself, and only so often.
/// </summary>
internal sealed partial class PostgresListener : IAsyncDisposable
{
    private const string Channel = "relay_spool";
    private static readonly TimeSpan BetweenTwo = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _toTell = new(0);
    private readonly NpgsqlDataSource _source;
    private readonly PostgresLease _lease;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action _told;
    private readonly Task _running;

    public PostgresListener(NpgsqlDataSource source, PostgresLease lease, TimeProvider time, ILogger logger, Action told)
    {
        (_source, _lease, _time, _logger, _told) = (source, lease, time, logger, told);
        _running = Task.WhenAll(RunAsync(ListenAsync), RunAsync(TellAsync));
    }

    /// <summary>There is mail that others may take.</summary>
    public void Tell()
    {
        if (_toTell.CurrentCount == 0)
        {
            _toTell.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
        _toTell.Dispose();
    }

    private async Task ListenAsync(CancellationToken ending)
    {
        await using var connection = await _source.OpenConnectionAsync(ending);
        connection.Notification += (_, notification) =>
        {
            if (notification.Payload != $"{_lease.Owner}")
            {
                _told();
            }
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(ending);
        }

        try
        {
            while (true)
            {
                await connection.WaitAsync(ending);
            }
        }
        finally
        {
            // Not back to the pool, where it would go on listening.
            NpgsqlConnection.ClearPool(connection);
        }
    }

    private async Task TellAsync(CancellationToken ending)
    {
        while (true)
        {
            await _toTell.WaitAsync(ending);
            await using (var connection = await _source.OpenConnectionAsync(ending))
            {
                await using var batch = new PostgresBatch(connection).Add("BEGIN").Add("SET LOCAL synchronous_commit=off")
                    .Add("SELECT pg_notify($1, $2)", Value(Channel), Value($"{_lease.Owner}")).Add("COMMIT");
                await batch.RunAsync();
            }

            await Task.Delay(BetweenTwo, _time, ending);
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        var ending = _ending.Token;
        var pause = TimeSpan.FromSeconds(1);
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var started = _time.GetTimestamp();
                try
                {
                    await work(ending);
                }
                catch (Exception e) when (PostgresFault.Is(e))
                {
                    pause = _time.GetElapsedTime(started) > LongestPause ? TimeSpan.FromSeconds(1) : pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    Lost(_logger, PostgresFault.Describe(e), pause.TotalSeconds);
                }

                await Task.Delay(pause, _time, ending);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [LoggerMessage(7126, LogLevel.Information, "The spool's notifications are lost ({Fault}) and looked for again in {Seconds} s; mail of other relays is found by polling")]
    private static partial void Lost(ILogger logger, string fault, double seconds);
}
