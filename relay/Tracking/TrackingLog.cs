namespace RelayOperator.Relay.Tracking;

/// <summary>
/// What happened to messages, on its way to a sink. Contract: <see cref="Add"/> never waits for the sink; lines are
/// written in order, within <see cref="Delay"/> while the sink takes them. While it fails, they are kept and written
/// again; while it fails or is slow, those beyond <see cref="Capacity"/> are dropped and counted, and the log says how
/// many once the sink takes lines again. Mail never waits for tracking. Thread-safe.
/// </summary>
public sealed partial class TrackingLog : IAsyncDisposable
{
    /// <summary>Most bytes that wait, beside those that are being written.</summary>
    public const int Capacity = 4 * 1024 * 1024;

    /// <summary>How long a line may wait for company.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    /// <summary>When a sink that failed is tried again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // A sink that takes nothing holds up the end no longer than that.
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ITrackingSink _sink;
    private readonly string _pool;
    private readonly string _pod;
    private readonly TimeProvider _time;
    private readonly ILogger<TrackingLog> _logger;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private byte[] _waiting = new byte[64 * 1024];
    private byte[] _spare = new byte[64 * 1024];
    private int _length;
    private int _count;
    private bool _ended;
    private long _dropped;
    private long _told;

    /// <param name="sink">Where lines go; disposed of with this.</param>
    /// <param name="pool">The pool's name.</param>
    /// <param name="pod">This relay's name; "" for none.</param>
    /// <param name="time">Stamps the lines.</param>
    /// <param name="logger">Hears of a sink that fails.</param>
    public TrackingLog(ITrackingSink sink, string pool, string pod, TimeProvider time, ILogger<TrackingLog> logger)
    {
        _sink = sink;
        _pool = pool;
        _pod = pod;
        _time = time;
        _logger = logger;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Events that will never be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(in TrackingEvent entry)
    {
        var line = TrackingLine.Format(entry, _pool, _pod, _time.GetUtcNow());
        bool first;
        lock (_lock)
        {
            if (_ended || _length + line.Length > Capacity)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            if (_length + line.Length > _waiting.Length)
            {
                Array.Resize(ref _waiting, Math.Min(Math.Max(_length + line.Length, _waiting.Length * 2), Capacity));
            }

            line.CopyTo(_waiting.AsSpan(_length));
            _length += line.Length;
            first = _count++ == 0;
        }

        if (first)
        {
            _wake.Release();
        }
    }

    /// <summary>Writes what waits; a sink that takes nothing is given up after 5 s. What is added later is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        await _stop.CancelAsync();
        _wake.Release();
        try
        {
            await _writing.WaitAsync(LastWait, _time);
            _sink.Dispose();
            _stop.Dispose();
        }
        catch (TimeoutException)
        {
            // A write hangs and will end with the process; what it holds must stay.
        }
    }

    private async Task WriteAsync()
    {
        for (var last = false; !last;)
        {
            await _wake.WaitAsync();
            await PauseAsync(Delay);
            last = _stop.IsCancellationRequested;
            int length, count;
            lock (_lock)
            {
                (_waiting, _spare) = (_spare, _waiting);
                (length, count) = (_length, _count);
                (_length, _count) = (0, 0);
            }

            if (length != 0)
            {
                await WriteAsync(length, count);
            }
        }
    }

    private async Task WriteAsync(int length, int count)
    {
        for (var failed = false; ;)
        {
            try
            {
                _sink.Write(_spare.AsSpan(0, length));
                if (Dropped is var dropped && (failed || dropped != _told))
                {
                    Recovered(_logger, dropped - _told);
                    _told = dropped;
                }

                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (!failed)
                {
                    Failed(_logger, exception.Message);
                    failed = true;
                }
            }

            if (_stop.IsCancellationRequested)
            {
                Interlocked.Add(ref _dropped, count);
                return;
            }

            await PauseAsync(RetryAfter);
        }
    }

    // The end cuts every pause short. What follows may wait for a disk, which no timer's thread should do.
    private Task PauseAsync(TimeSpan time) =>
        Task.Delay(time, _time, _stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    [LoggerMessage(8001, LogLevel.Warning, "Message tracking cannot be written: {Message} What happens meanwhile is kept as far as there is room.")]
    private static partial void Failed(ILogger logger, string message);

    [LoggerMessage(8002, LogLevel.Warning, "Message tracking is written again; {Dropped} events were dropped.")]
    private static partial void Recovered(ILogger logger, long dropped);
}
