using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.HandOver;
using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.Relay.Timing;
using RelayOperator.Relay.Tools;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay;

/// <summary>
/// The pool's spool and all that belongs to it: the store, its door for sessions, the delivery of what lies in it, the
/// socket of the queue tools, and the handing over among pods.
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
    private readonly HandOverPeers _takers;
    private readonly HandOverRunner? _handOver;
    private PoolConfig _config;
    private HandOverKey? _key;
    private QueueServer? _tools;
    private HandOverServer? _peers;
    private volatile bool _open;

    private RelaySpool(ISpool spool, PoolConfig config, RelayOptions options, QueueServices services, TimeProvider time, ILoggerFactory loggers)
    {
        (_spool, _config, _options, _services, _time, _loggers) = (spool, config, options, services, time, loggers);
        _metrics = services.Delivery.Metrics;
        _queue = new QueueRunner(services);
        var log = new HandOverLog(loggers.CreateLogger<HandOverLog>());
        _takers = new HandOverPeers(_metrics, log, time);
        _handOver = spool is SqliteSpool own ? new HandOverRunner(services, own, _takers, log) : null;
    }

    public SpoolDoor Door => _services.Door;

    /// <summary>Sends what was just stored; see <see cref="QueueRunner.HandOn"/>.</summary>
    public Func<SpoolClaim, bool> HandOn => _queue.HandOn;

    /// <summary>What /status tells; null while it is not open.</summary>
    public SpoolStatus? Status => _open ? SpoolStatus.Of(_spool, Door.Level, _takers.Fault) : null;

    /// <summary>The port that peers hand their spools over to; 0 where none is open.</summary>
    public int HandOverPort => _peers?.Port ?? 0;

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
        var refusal = SpoolParts.RefusalOf(_config, _options) ?? await _spool.OpenAsync(CancellationToken.None);
        if (refusal is not null)
        {
            return refusal;
        }

        _open = true;
        _metrics.Watch(_spool, _time);
        var importer = new QueueImporter(Door, () => _services.Pool().Routes, _services.Tracking, _loggers.CreateLogger<QueueImporter>());
        if (_options.ToolSocket.Length != 0)
        {
            (_tools, refusal) = await QueueServer.StartAsync(_options.ToolSocket, Door, importer, _services.Tracking, _loggers);
        }

        if (refusal is null && IsOwn && _options.HandOver is { } address)
        {
            (_peers, refusal) = await HandOverServer.StartAsync(address, () => _key, importer, RefusalToPeers, _loggers);
        }

        return refusal;
    }

    /// <summary>Begins to deliver what lies in it.</summary>
    public void Start()
    {
        _queue.Start();
        _handOver?.Start();
    }

    /// <summary>Hubs may have come back.</summary>
    public void Wake() => _queue.Wake();

    /// <summary>Takes over a configuration; one of a higher sequence that names the pod no more breaks the seal.</summary>
    public async Task ApplyAsync(PoolConfig config, PodAssignment? assignment)
    {
        _config = config;
        TakeKey(assignment?.HandOver);
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
    public async Task StopAsync(TimeSpan limit)
    {
        if (_open)
        {
            await (_handOver?.StopAsync() ?? Task.CompletedTask);
            await _queue.StopAsync(limit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Door.End();
        if (_handOver is not null)
        {
            await _handOver.DisposeAsync();
        }

        await _queue.DisposeAsync();
        if (_peers is not null)
        {
            await _peers.DisposeAsync();
        }

        if (_tools is not null)
        {
            await _tools.DisposeAsync();
        }

        await _spool.DisposeAsync();
        Door.Dispose();
    }

    private void TakeKey(HandOverConfig? config)
    {
        if (_key?.CertificatePem != config?.CertificatePem)
        {
            _key = config is null ? null : HandOverKey.Of(config);
        }
    }

    private string? RefusalToPeers() =>
        _services.Pool().Assignment is { Draining: true } ? "it is to go itself"
        : !Door.Takes ? $"its spool takes no mail now{(_spool.Health.Fault is { } fault ? $": {fault}" : Door.IsFull ? ": it has no room" : "")}"
        : null;
}
