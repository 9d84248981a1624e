namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Reads the whole spool in the background, a little at a time, so that damage is found while its neighbours are whole and
/// not when a message is to be sent: soon after the start, and once a day.
/// </summary>
/// <param name="ids">So many ids behind one.</param>
/// <param name="verify">Reads a message whole; what does not verify is seen to there.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears when it is through.</param>
internal sealed partial class SqliteCheck(
    Func<SpoolId, int, IReadOnlyList<SpoolId>> ids, Func<SpoolId, Task<bool>> verify, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int Batch = 100;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Again = TimeSpan.FromHours(24);

    private readonly CancellationTokenSource _ending = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        await WaitAsync(First);
        while (!_ending.IsCancellationRequested)
        {
            var (seen, damaged) = (0, 0);
            var after = default(SpoolId);
            while (ids(after, Batch) is { Count: > 0 } batch && !_ending.IsCancellationRequested)
            {
                foreach (var id in batch)
                {
                    seen++;
                    damaged += await verify(id) ? 0 : 1;
                    after = id;
                }

                await WaitAsync(Pause);
            }

            if (seen != 0 && !_ending.IsCancellationRequested)
            {
                Checked(logger, damaged == 0 ? LogLevel.Information : LogLevel.Error, seen, damaged);
            }

            await WaitAsync(Again);
        }
    }

    private Task WaitAsync(TimeSpan pause) =>
        Task.Delay(pause, time, _ending.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    [LoggerMessage(EventId = 7114, Message = "The spool was read through: {Messages} messages, {Damaged} of them do not verify")]
    private static partial void Checked(ILogger logger, LogLevel level, int messages, int damaged);
}
