using System.Threading.Channels;
using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Commits what waits, in groups, over one connection: while a group is on its way, the next gathers. More connections would
/// make more and smaller groups of the same writes, and a group costs more than what is in it.
/// Contract: a write is completed with Done only after the answer to its group's commit; after a failure all that waits has
/// failed, and nothing more is taken until the database was opened anew, which is tried with growing pauses.
/// </summary>
internal sealed partial class PostgresWriter(NpgsqlDataSource source, PostgresLease lease, TimeProvider time, Action<double> observeCommit, ILogger logger) : IAsyncDisposable
{
    /// <summary>The row of the totals that counts what it commits.</summary>
    public const int Slot = 0;

    private const int MostWrites = 512;
    private const long MostBytes = 4 << 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly GroupCommit _commit = new(lease, Slot, time, observeCommit);
    private readonly Lock _gate = new();
    private readonly Channel<PostgresWrite> _waiting = Channel.CreateUnbounded<PostgresWrite>();
    private readonly CancellationTokenSource _ending = new();
    private CancellationTokenSource _broken = new();
    private SpoolHealth _health = SpoolHealth.Good;
    private Task _running = Task.CompletedTask;
    private int _openings;
    private bool _closed;
    private bool _ended;

    public SpoolHealth Health => Volatile.Read(ref _health);

    /// <summary>Makes the database ready on a connection, before anything is written: a text where it cannot be used.</summary>
    public required Func<NpgsqlConnection, Task<string?>> Prepare { get; init; }

    /// <summary>A group was committed; called before its callers hear of it.</summary>
    public required Action<WriteGroup, IReadOnlyList<PostgresWrite>> Committed { get; init; }

    /// <summary>Writes have failed; with true it is not known whether they came to pass.</summary>
    public required Action<IReadOnlyList<PostgresWrite>, bool> Failed { get; init; }

    public required Action HealthChanged { get; init; }

    /// <summary>Opens the database and begins; a text where only somebody's hand helps. One that cannot be reached yet is waited for.</summary>
    public async Task<string?> OpenAsync()
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            if (await Prepare(connection) is { } refusal)
            {
                return refusal;
            }
        }
        catch (Exception e) when (PostgresFault.Is(e))
        {
            if (PostgresFault.IsRefusal(e))
            {
                return PostgresFault.Describe(e);
            }

            StillBroken(logger, PostgresFault.Describe(e));
            Volatile.Write(ref _health, new SpoolHealth(PostgresFault.Describe(e)));
        }

        _running = RunAsync();
        return null;
    }

    /// <summary>Hands a write over; what became of it comes with its completion.</summary>
    public Task<SpoolOutcome> Add(PostgresWrite write)
    {
        lock (_gate)
        {
            if (!_closed && Health.IsGood)
            {
                _waiting.Writer.TryWrite(write);
                return write.Completion;
            }
        }

        Failed([write], false);
        write.Complete(Refusal);
        return write.Completion;
    }

    /// <summary>How often it was opened anew.</summary>
    public int Openings => Volatile.Read(ref _openings);

    /// <summary>Somebody else found that the database fails, after it was opened so often: what was mended since then is no fault any more.</summary>
    public void Report(Exception fault, int openings)
    {
        if (openings == Openings)
        {
            Break(fault, []);
        }
    }

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.Writer.TryComplete();
        }

        await _ending.CancelAsync();
        await _running;
        lock (_gate)
        {
            _ended = true;
        }

        _ending.Dispose();
        _broken.Dispose();
    }

    private SpoolOutcome Refusal => Health.IsFull ? SpoolOutcome.Full : SpoolOutcome.Failed;

    private async Task RunAsync()
    {
        // Off the caller's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            if (Health.IsGood)
            {
                var broken = _broken.Token;
                await WriteAsync(broken);
            }

            if (_ending.IsCancellationRequested || !await ReopenAsync())
            {
                return;
            }
        }
    }

    // Ends when all is done, or the database failed.
    private async Task WriteAsync(CancellationToken broken)
    {
        List<PostgresWrite> group = [];
        NpgsqlConnection? connection = null;
        try
        {
            while (!broken.IsCancellationRequested && await _waiting.Reader.WaitToReadAsync(broken))
            {
                var bytes = 0L;
                while (group.Count < MostWrites && bytes < MostBytes && _waiting.Reader.TryRead(out var write))
                {
                    group.Add(write);
                    bytes += write.Bytes;
                }

                if (group.Count != 0)
                {
                    connection ??= await source.OpenConnectionAsync(CancellationToken.None);
                    await CommitAsync(connection, group);
                    group = [];
                }
            }
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested)
        {
            // Somebody else found it.
        }
        catch (Exception e)
        {
            // Even of a bug nobody waits for ever.
            Break(e, group);
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    private async Task CommitAsync(NpgsqlConnection connection, List<PostgresWrite> writes)
    {
        var (group, fault, isUnknown) = await _commit.RunAsync(connection, writes);
        if (fault is not null)
        {
            Break(fault, writes, isUnknown);
            return;
        }

        Committed(group, writes);
        foreach (var write in writes)
        {
            write.Complete(write.Outcome);
        }
    }

    private static async Task CloseAsync(NpgsqlConnection? connection)
    {
        try
        {
            await (connection?.DisposeAsync() ?? default);
        }
        catch (Exception e) when (PostgresFault.Is(e))
        {
            // It broke before: there is nothing left to close.
        }
    }

    // The first to find it tells; each fails what it has in hand, and what waits.
    private void Break(Exception fault, List<PostgresWrite> group, bool isUnknown = false)
    {
        var text = fault is LeaseLostException ? fault.Message : PostgresFault.Describe(fault);
        List<PostgresWrite> others = [];
        bool isFirst;
        lock (_gate)
        {
            isFirst = Health.IsGood && !_ended;
            if (isFirst)
            {
                Volatile.Write(ref _health, new SpoolHealth(text, PostgresFault.IsFull(fault)));
            }

            while (_waiting.Reader.TryRead(out var write))
            {
                others.Add(write);
            }
        }

        Failed(group, isUnknown);
        Failed(others, false);
        foreach (var write in (IEnumerable<PostgresWrite>)[.. group, .. others])
        {
            write.Complete(Refusal);
        }

        if (isFirst)
        {
            Broken(logger, text, group.Count + others.Count);
            _broken.Cancel();
            HealthChanged();
        }
    }

    // False where there was no time left.
    private async Task<bool> ReopenAsync()
    {
        var pause = TimeSpan.FromMilliseconds(250);
        while (true)
        {
            try
            {
                await Task.Delay(pause, time, _ending.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            try
            {
                // None of those that are open may be what they seem.
                source.Clear();
                await using var connection = await source.OpenConnectionAsync(_ending.Token);
                if (await Prepare(connection) is { } refusal)
                {
                    StillBroken(logger, refusal);
                    continue;
                }
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception e) when (PostgresFault.Is(e) || e is LeaseLostException)
            {
                StillBroken(logger, PostgresFault.Describe(e));
                continue;
            }

            lock (_gate)
            {
                _broken.Dispose();
                _broken = new CancellationTokenSource();
                _openings++;
                Volatile.Write(ref _health, SpoolHealth.Good);
            }

            Whole(logger);
            HealthChanged();
            return true;
        }
    }

    [LoggerMessage(7121, LogLevel.Error, "The spool fails: {Fault}; {Writes} writes are not known to be kept, and nothing is taken until the database was opened anew")]
    private static partial void Broken(ILogger logger, string fault, int writes);

    [LoggerMessage(7122, LogLevel.Warning, "The spool still fails: {Fault}")]
    private static partial void StillBroken(ILogger logger, string fault);

    [LoggerMessage(7123, LogLevel.Information, "The spool is in order again")]
    private static partial void Whole(ILogger logger);
}
