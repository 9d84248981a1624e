using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Timing;
using RelayOperator.Relay.Tools;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay;

/// <summary>
/// The pool's spool and all that belongs to it: the store, its door for sessions, the delivery of what lies in it, and the
/// socket of the queue tools.
/// </summary>
internal sealed class RelaySpool : IAsyncDisposable
{
    private readonly RelayOptions _options;
    private readonly ISpool _spool;
    private readonly QueueRunner _queue;
    private readonly QueueServices _services;
    private readonly RelayMetrics _metrics;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private PoolConfig _config;
    private QueueServer? _tools;
    private volatile bool _open;

    private RelaySpool(ISpool spool, PoolConfig config, RelayOptions options, QueueServices services, TimeProvider time, ILoggerFactory loggers)
    {
        (_spool, _config, _options, _services, _time, _loggers) = (spool, config, options, services, time, loggers);
        _metrics = services.Delivery.Metrics;
        _queue = new QueueRunner(services);
    }

    public SpoolDoor Door => _services.Door;

    /// <summary>Sends what was just stored; see <see cref="QueueRunner.HandOn"/>.</summary>
    public Func<SpoolClaim, bool> HandOn => _queue.HandOn;

    /// <summary>What /status tells; null while it is not open.</summary>
    public SpoolStatus? Status => _open ? SpoolStatus.Of(_spool, Door.Level) : null;

    // A shared database stays when this relay goes: nothing has to be emptied, and nothing may be sealed.
    private bool IsOwn => _config.Spool is { PostgresUri.Length: 0 };

    /// <summary>The spool that a pool asks for, not opened yet; null where it has none.</summary>
    public static RelaySpool? Create(
        PoolConfig config,
        RelayOptions options,
        DeliveryServices delivery,
        Func<PoolSnapshot> pool,
        TransactionIds ids,
        TrackingLog? tracking,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        var steady = new SteadyTime(time);
        if (SpoolParts.Create(config, options, steady, delivery.Metrics, loggers) is not { } spool)
        {
            return null;
        }

        var door = new SpoolDoor(spool, new RetrySchedule(config.Delivery.RetrySeconds, steady, new Random()), steady, loggers.CreateLogger<SpoolDoor>());
        var services = new QueueServices(door, delivery, pool, ids, new QueueLog(loggers.CreateLogger<QueueLog>()), tracking, steady);
        return new RelaySpool(spool, config, options, services, time, loggers);
    }

    /// <summary>Opens the store and the tools' socket; a text where that cannot be done.</summary>
    public async Task<string?> OpenAsync()
    {
        if ((SpoolParts.RefusalOf(_config, _options) ?? await _spool.OpenAsync(CancellationToken.None)) is { } refusal)
        {
            return refusal;
        }

        _open = true;
        _metrics.Watch(_spool, _time);
        if (_options.ToolSocket.Length == 0)
        {
            return null;
        }

        (_tools, var socketRefusal) = await QueueServer.StartAsync(_options.ToolSocket, Door, () => _services.Pool().Routes, _services.Tracking, _loggers);
        return socketRefusal;
    }

    /// <summary>Begins to deliver what lies in it.</summary>
    public void Start() => _queue.Start();

    /// <summary>Hubs may have come back.</summary>
    public void Wake() => _queue.Wake();

    /// <summary>Takes over a configuration; one of a higher sequence that names the pod no more breaks the seal.</summary>
    public async Task ApplyAsync(PoolConfig config, PodAssignment? assignment)
    {
        _config = config;
        SpoolParts.Update(_spool, config);
        Door.Update(config, closed: assignment is { Closing: true });
        if (IsOwn && assignment is not { Draining: true })
        {
            await _spool.UnsealAsync(assignment?.Sequence ?? long.MaxValue);
        }
    }

    /// <summary>Looks at the room there is; and where the pod is to go and nothing is left, lets nothing come any more.</summary>
    public void Look(PodAssignment? assignment)
    {
        if (!_open)
        {
            return;
        }

        Door.Look();
        if (IsOwn && _spool.Seal is null && assignment is { Draining: true } && _spool.Statistics.Messages == 0 && _queue.InFlight == 0)
        {
            _ = _spool.SealAsync(new SpoolSeal(assignment.Sequence, assignment.Sequence)).AsTask();
        }
    }

    /// <summary>As far as the spool goes, a pod that is to go may go: nothing is written to it any more, by this process or the next.</summary>
    public bool LetsGo(PodAssignment? assignment) => !IsOwn || assignment is not { Draining: true } || (_open && _spool.Seal is not null);

    /// <summary>Sends nothing more, and waits for what is in flight.</summary>
    public Task StopAsync(TimeSpan limit) => _open ? _queue.StopAsync(limit) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Door.End();
        await _queue.DisposeAsync();
        if (_tools is not null)
        {
            await _tools.DisposeAsync();
        }

        await _spool.DisposeAsync();
        Door.Dispose();
    }
}
