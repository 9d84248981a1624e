using Microsoft.Data.Sqlite;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// The one thread that writes: commits whatever waits as one transaction, so that many messages share one sync.
/// Contract: a write is completed with Done only after the commit of its group came back; after any error the group has
/// failed, and nothing more is taken until the file was opened anew, which is tried with growing pauses.
/// </summary>
internal sealed partial class SqliteWriter(SpoolFolder folder, SqliteFile file, TimeProvider time, Action<double> observeCommit, ILogger logger) : IDisposable
{
    private const int MostWrites = 4096;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly object _gate = new();
    private readonly SpoolTotals _totals = new();
    private readonly SpoolTotals _before = new();
    private readonly Queue<SpoolWrite> _waiting = new();
    private readonly List<SpoolWrite> _group = [];
    private Thread? _thread;
    private SqliteDatabase? _database;
    private SqliteException? _reported;
    private SpoolHealth _health = SpoolHealth.Good;
    private SpoolStatistics _statistics = SpoolStatistics.Empty;
    private volatile SpoolSeal? _seal;
    private bool _ending;
    private int _opened;

    public SpoolHealth Health => Volatile.Read(ref _health);

    public SpoolStatistics Statistics => Volatile.Read(ref _statistics);

    public SpoolSeal? Seal => _seal;

    /// <summary>Raised when the health has changed; the file is open where it is good.</summary>
    public event Action? HealthChanged;

    /// <summary>What is to be done first whenever the file was opened anew, before anything waits for it.</summary>
    public Func<IEnumerable<SpoolWrite>> AfterReopen { get; set; } = static () => [];

    /// <summary>Opens the file and begins; a text where that cannot be done.</summary>
    public string? Open(IEnumerable<SpoolWrite> first)
    {
        try
        {
            var (database, refusal) = file.Open();
            if (database is null)
            {
                return refusal;
            }

            _database = database;
            Prepare(first);
        }
        catch (SqliteException e)
        {
            return $"the spool {folder.Database} cannot be opened: {SqliteFault.Describe(e)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the spool {folder.Database} cannot be opened: {e.Message}";
        }

        _thread = new Thread(Run) { Name = "spool writer", IsBackground = true };
        _thread.Start();
        return null;
    }

    /// <summary>Hands a write over; what became of it comes with its completion.</summary>
    public Task<SpoolOutcome> Add(SpoolWrite write)
    {
        lock (_gate)
        {
            if (!_ending && Health.IsGood)
            {
                _waiting.Enqueue(write);
                if (_waiting.Count == 1)
                {
                    Monitor.Pulse(_gate);
                }

                return write.Completion;
            }
        }

        write.Failed();
        write.Complete(Refusal);
        return write.Completion;
    }

    /// <summary>How often the file was opened: what was read of an earlier opening says nothing about this one.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>A reader found the file broken: it is opened anew, and salvaged if need be.</summary>
    /// <param name="fault">What it found.</param>
    /// <param name="opened"><see cref="Opened"/> as it was before the read.</param>
    public void Report(SqliteException fault, int opened)
    {
        lock (_gate)
        {
            if (opened == _opened && Health.IsGood)
            {
                _reported ??= fault;
                Monitor.Pulse(_gate);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
        _database?.Dispose();
        _database = null;
    }

    private SpoolOutcome Refusal => Health.IsFull ? SpoolOutcome.Full : SpoolOutcome.Failed;

    private void Run()
    {
        while (Next())
        {
            if (_reported is { } reported)
            {
                Break(reported);
            }
            else
            {
                Commit();
            }

            _group.Clear();
            if (!Health.IsGood)
            {
                Reopen();
            }
        }
    }

    // Waits for work; false when it is time to end and nothing is left.
    private bool Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_ending && _reported is null)
            {
                Monitor.Wait(_gate);
            }

            while (_group.Count < MostWrites && _waiting.TryDequeue(out var write))
            {
                _group.Add(write);
            }

            return _group.Count != 0 || (!_ending && _reported is not null);
        }
    }

    private void Commit()
    {
        var started = time.GetTimestamp();
        var outcomes = new SpoolOutcome[_group.Count];
        try
        {
            Apply(_group, outcomes);
        }
        catch (SqliteException e)
        {
            _totals.CopyFrom(_before);
            Break(e);
            return;
        }

        observeCommit(time.GetElapsedTime(started).TotalSeconds);
        for (var i = 0; i < outcomes.Length; i++)
        {
            _group[i].Committed(outcomes[i]);
            _group[i].Complete(outcomes[i]);
        }
    }

    private void Apply(List<SpoolWrite> group, SpoolOutcome[] outcomes)
    {
        var database = _database!;
        _before.CopyFrom(_totals);
        database.Statement("BEGIN IMMEDIATE").Run();
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = _seal is not null && !group[i].BreaksSeal ? SpoolOutcome.Sealed : group[i].Apply(database, _totals);
            if (group[i] is SealWrite)
            {
                _seal = SealWrite.Read(database);
            }
        }

        _totals.Write(database);
        var oldest = database.Statement("SELECT min(n) FROM message").Scalar(0);
        database.Statement("COMMIT").Run();
        Volatile.Write(ref _statistics, _totals.ToStatistics(oldest == 0 ? null : new SpoolId(oldest)));
    }

    // The group has failed: nobody knows whether any of it is on disk.
    private void Break(SqliteException fault)
    {
        Broken(logger, SqliteFault.Describe(fault), _group.Count);
        lock (_gate)
        {
            Volatile.Write(ref _health, new SpoolHealth(SqliteFault.Describe(fault), SqliteFault.IsFull(fault)));
            _reported = null;
            while (_waiting.TryDequeue(out var write))
            {
                _group.Add(write);
            }
        }

        foreach (var write in _group)
        {
            write.Failed();
            write.Complete(Refusal);
        }

        HealthChanged?.Invoke();
        _database?.Dispose();
        _database = null;
        if (SqliteFault.IsDamage(fault))
        {
            Salvage();
        }
    }

    // What made a statement fail may be out of sight of the look that opening takes.
    private void Salvage()
    {
        try
        {
            file.Salvage();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            StillBroken(logger, e.Message);
        }
    }

    private void Reopen()
    {
        var pause = TimeSpan.FromMilliseconds(250);
        while (!WaitUnlessEnding(pause))
        {
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            try
            {
                var (database, refusal) = file.Open();
                if (database is null)
                {
                    StillBroken(logger, refusal!);
                    continue;
                }

                _database = database;
                Prepare(AfterReopen());
                lock (_gate)
                {
                    Volatile.Write(ref _health, SpoolHealth.Good);
                    _opened++;
                    _reported = null;
                }

                Whole(logger);
                HealthChanged?.Invoke();
                return;
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                _database?.Dispose();
                _database = null;
                StillBroken(logger, e is SqliteException fault ? SqliteFault.Describe(fault) : e.Message);
            }
        }
    }

    // Commits, so that a file that can be read and not written is not taken for whole.
    private void Prepare(IEnumerable<SpoolWrite> first)
    {
        _totals.Read(_database!);
        _seal = SealWrite.Read(_database!);
        var writes = first.ToList();
        var outcomes = new SpoolOutcome[writes.Count];
        Apply(writes, outcomes);
        for (var i = 0; i < outcomes.Length; i++)
        {
            writes[i].Committed(outcomes[i]);
            writes[i].Complete(outcomes[i]);
        }
    }

    private bool WaitUnlessEnding(TimeSpan pause)
    {
        lock (_gate)
        {
            return _ending || (Monitor.Wait(_gate, pause) && _ending);
        }
    }

    [LoggerMessage(7111, LogLevel.Error, "The spool fails: {Fault}; {Writes} writes are not known to be kept, and nothing is taken until it was opened anew")]
    private static partial void Broken(ILogger logger, string fault, int writes);

    [LoggerMessage(7112, LogLevel.Warning, "The spool still fails: {Fault}")]
    private static partial void StillBroken(ILogger logger, string fault);

    [LoggerMessage(7113, LogLevel.Information, "The spool is in order again")]
    private static partial void Whole(ILogger logger);
}
