namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Does something once a period, or sooner where it is woken; never twice at once.</summary>
internal sealed class PostgresUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _woken = new(0);
    private readonly Task _running;

    public PostgresUpkeep(TimeProvider time, TimeSpan period, Func<bool, Task> work) =>
        _running = RunAsync(time, period < LongestPeriod ? period : LongestPeriod, work);

    public void Wake()
    {
        if (_woken.CurrentCount == 0)
        {
            _woken.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
        _woken.Dispose();
    }

    private async Task RunAsync(TimeProvider time, TimeSpan period, Func<bool, Task> work)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            bool isWoken;
            try
            {
                using var limit = new CancellationTokenSource(period, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ending.Token);
                await _woken.WaitAsync(either.Token);
                isWoken = true;
            }
            catch (OperationCanceledException)
            {
                isWoken = false;
            }

            if (_ending.IsCancellationRequested)
            {
                return;
            }

            await work(isWoken);
        }
    }
}
