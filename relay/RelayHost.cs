using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Discovery;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Timing;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay;

/// <summary>
/// One relay: puts the parts together, takes over configurations, and leaves in good order.
/// Contract: <see cref="ApplyAsync"/> takes a configuration whole or not at all; sessions and what is in flight go on
/// under the one they began with, and see the new one from their next transaction on.
/// </summary>
public sealed partial class RelayHost : IAsyncDisposable
{
    private static readonly TimeSpan Housekeeping = TimeSpan.FromMilliseconds(500);

    private readonly RelayOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<RelayHost> _logger;
    private readonly DeadlineSweep _sweep;
    private readonly HubDirectory _hubs;
    private readonly HubRouter _router;
    private readonly SessionServices _services;
    private readonly ConcurrentDictionary<SmtpSession, byte> _sessions = new();
    private readonly ListenerSet _listeners;
    private readonly ConcurrentDictionary<string, WaitingLine> _lines = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly ITimer _housekeeping;
    private readonly TrackingLog? _tracking;
    private readonly RelaySpool? _spool;
    private AdminServer? _admin;
    private volatile bool _ready;
    private volatile bool _leaving;
    private volatile bool _closed;

    /// <param name="options">How it is started.</param>
    /// <param name="config">What it serves first.</param>
    /// <param name="timeouts">Bounds towards hubs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">For all its parts.</param>
    /// <param name="assignment">What the operator wants of this pod; null outside of a cluster.</param>
    public RelayHost(
        RelayOptions options, PoolConfig config, HubTimeouts timeouts, TimeProvider time, ILoggerFactory loggers, PodAssignment? assignment = null)
    {
        _options = options;
        _loggers = loggers;
        _logger = loggers.CreateLogger<RelayHost>();
        var random = new Random();
        _sweep = new DeadlineSweep(time);
        Metrics = new RelayMetrics(options.Version);
        var resolver = new HubResolver(new LookupClient(new LookupClientOptions { UseCache = false, ThrowDnsErrors = false }));
        _hubs = new HubDirectory(resolver, _sweep, timeouts, new AccessTokens(time, loggers.CreateLogger<AccessTokens>()), new Random(random.Next()), loggers.CreateLogger<HubDirectory>());
        _router = new HubRouter(config.Balancing, config.Zone, time, new Random(random.Next()));
        var ejections = new EjectionGuard(() => _services!.Pool.Current.Routes.All);
        var delivery = new DeliveryServices(
            _router,
            ejections,
            new ComparisonLedger(ejections),
            new DeliveryClock(time, Metrics),
            Metrics,
            new DeliveryLog(loggers.CreateLogger<DeliveryLog>()),
            config.Uid,
            timeouts.Patience,
            timeouts.Doubt);
        _tracking = TrackingParts.Create(config, options, assignment?.Pod ?? "", time, loggers);
        var ids = new TransactionIds(time, random);
        _spool = RelaySpool.Create(config, options, delivery, () => _services!.Pool.Current, ids, _tracking, time, loggers);
        _services = new SessionServices(
            new PoolState(Snapshot(config, new AccessTable(config.Access, null, config.Cluster), assignment?.After(null))),
            new Admission(),
            delivery,
            new BodyBudget(config.Limits.MemoryBytes, time),
            new BodyBudget(config.Limits.TempBytes, time),
            options.TempFolder,
            _sweep,
            ids,
            Metrics,
            new TransactionLog(loggers.CreateLogger<TransactionLog>()))
        {
            Spool = _spool?.Door,
            Tracking = _tracking,
            LoginFailures = new LoginFailures(time, options.LoginTarpit),
            HandOn = _spool is null ? static _ => false : _spool.HandOn,
        };
        _listeners = new ListenerSet(options.Bind, Listen);
        Metrics.Watch(() => _hubs.Hubs);
        _hubs.Changed += RefreshRoutes;
        _hubs.HealthChanged += OnHealthChanged;
        _housekeeping = time.CreateTimer(_ => KeepHouse(), null, Housekeeping, Housekeeping);
    }

    public RelayMetrics Metrics { get; }

    /// <summary>Where the admin endpoints listen.</summary>
    public string AdminAddress => _admin?.Address ?? "";

    /// <summary>Where the listeners are bound, by name.</summary>
    public IReadOnlyDictionary<string, EndPoint> Listeners => _listeners.EndPoints;

    /// <summary>The port that peers hand their spools over to; 0 where none is open.</summary>
    public int HandOverPort => _spool?.HandOverPort ?? 0;

    /// <summary>What is in force.</summary>
    public PoolConfig Config => _services.Pool.Current.Config;

    /// <summary>Faults of a configuration that was refused, to be shown by /status.</summary>
    public Func<ImmutableArray<string>> ConfigFaults { get; set; } = static () => [];

    /// <summary>Begins to serve; a text where an address cannot be bound.</summary>
    public async Task<string?> StartAsync()
    {
        try
        {
            _admin = await AdminServer.StartAsync(_options.Admin, Metrics, () => _ready && !_closed, Status, _loggers);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return $"the admin endpoints cannot listen on {_options.Admin}: {e.Message}";
        }

        var first = _services.Pool.Current;
        if (_spool is not null && await _spool.OpenAsync() is { } spoolRefusal)
        {
            return spoolRefusal;
        }

        var refusal = await ApplyAsync(first.Config, first.Assignment);
        if (refusal is null)
        {
            _spool?.Start();
        }

        _ready = refusal is null;
        return refusal;
    }

    /// <summary>Takes over a configuration; a text where that cannot be done: then nothing has changed.</summary>
    public async Task<string?> ApplyAsync(PoolConfig config, PodAssignment? assignment = null)
    {
        await _applying.WaitAsync();
        try
        {
            if (_closed)
            {
                return "the relay is leaving";
            }

            var current = _services.Pool.Current;
            if (config.Uid != current.Config.Uid)
            {
                return $"the file names another pool: {config.Namespace}/{config.Name}; start a relay of its own for it";
            }

            if (SpoolParts.RefusalOfChange(current.Config, config) is { } spoolRefusal)
            {
                return spoolRefusal;
            }

            var (bound, refusal) = await _listeners.BindAsync(config);
            if (refusal is not null)
            {
                return refusal;
            }

            _services.Memory.Resize(config.Limits.MemoryBytes);
            _services.Temp.Resize(config.Limits.TempBytes);
            var access = new AccessTable(config.Access, current.Access, config.Cluster);
            _services.Pool.Refresh(before => Snapshot(config, access, assignment?.After(before.Assignment)));
            _hubs.Apply(config);
            if (_spool is not null)
            {
                await _spool.ApplyAsync(config, assignment);
            }

            await _listeners.SwitchAsync(bound); // last: who is served finds the hubs in place
            Metrics.Config(config);
            Metrics.Certificates(_listeners.Tls);
            Serving(_logger, config.Namespace, config.Name, string.Join(", ", Listeners.Values), config.Hubs.Length, config.Hash);
            return null;
        }
        finally
        {
            _applying.Release();
        }
    }

    /// <summary>Says that it is leaving, and goes on as before for a while, so that nobody is sent here any more when it stops.</summary>
    public Task LingerAsync(TimeSpan time)
    {
        _leaving = true;
        Lingering(_logger, time.TotalSeconds);
        return Task.Delay(time, _sweep.Time);
    }

    /// <summary>
    /// Leaves in good order: accepts no more, answers 421 between transactions, lets those in flight end, within
    /// <paramref name="limit"/>. Whoever is still there then is cut off.
    /// </summary>
    public async Task LeaveAsync(TimeSpan limit)
    {
        _leaving = true;
        _closed = true;
        Leaving(_logger, _sessions.Count);
        await _applying.WaitAsync();
        try
        {
            await _listeners.StopAsync();
        }
        finally
        {
            _applying.Release();
        }

        var started = _sweep.Time.GetTimestamp();
        while (!_sessions.IsEmpty && _sweep.Time.GetElapsedTime(started) < limit)
        {
            foreach (var session in _sessions.Keys)
            {
                session.Leave();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _sweep.Time);
        }

        if (_spool is not null)
        {
            var left = limit - _sweep.Time.GetElapsedTime(started);
            await _spool.StopAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        Left(_logger, _sessions.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _housekeeping.DisposeAsync();
        if (!_closed)
        {
            await LeaveAsync(TimeSpan.Zero);
        }

        if (_spool is not null)
        {
            await _spool.DisposeAsync();
        }

        await _hubs.DisposeAsync();

        if (_tracking is not null)
        {
            await _tracking.DisposeAsync();
        }

        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        _sweep.Dispose();
        _applying.Dispose();
    }

    /// <summary>What /status tells now.</summary>
    public RelayStatus Status()
    {
        // In this order: a transaction that begins under a later configuration is no business of this one's.
        var pool = _services.Pool.Current;
        var drained = pool.Assignment is { } assignment
            ? assignment.Draining && !_sessions.Any(entry => entry.Key.InTransactionWith is { } begun && begun.Assignment?.DrainingSince != assignment.DrainingSince)
            : _leaving && _sessions.IsEmpty;
        drained &= _spool is null || _spool.LetsGo(pool.Assignment);
        return new RelayStatus
        {
            Pool = $"{pool.Config.Namespace}/{pool.Config.Name}",
            PoolUid = pool.Config.Uid,
            PodName = pool.Assignment?.Pod,
            PodUid = pool.Assignment?.Uid,
            Version = _options.Version,
            ConfigHash = pool.Config.Hash,
            ConfigSequence = pool.Assignment?.Sequence,
            ConfigFaults = ConfigFaults(),
            Leaving = _leaving,
            Draining = pool.Assignment is { Draining: true },
            Drained = drained,
            DrainToken = drained ? pool.Assignment?.Sequence : null,
            Sessions = _services.Admission.Sessions,
            Listeners = [.. Listeners.Select(entry => new ListenerStatus(entry.Key, entry.Value.ToString()!))],
            Hubs = [.. _hubs.Hubs.Select(HubStatus.Of)],
            Spool = _spool?.Status,
            HiddenClients = _services.HiddenClients.Lately,
        };
    }

    private void OnHealthChanged()
    {
        _router.Pump();
        _spool?.Wake();
    }

    private SmtpListener Listen(ListenerConfig listener, IPEndPoint address)
    {
        var handler = new SmtpConnectionHandler(_services, listener.Name, _sessions, _loggers.CreateLogger<SmtpConnectionHandler>());
        return new SmtpListener(address, handler, _sweep.Time, _loggers.CreateLogger<SmtpListener>());
    }

    private void RefreshRoutes()
    {
        var snapshot = _services.Pool.Refresh(current => Snapshot(current.Config, current.Access, current.Assignment));
        _router.Update(snapshot.Routes, snapshot.Config.Balancing, snapshot.Config.Zone);
    }

    private PoolSnapshot Snapshot(PoolConfig config, AccessTable access, PodAssignment? assignment)
    {
        var routes = new RouteTable([.. config.Routes.Select(route => (Build(route), route.RecipientDomains))]);
        return new PoolSnapshot(config, access, routes, EhloReply.Greeting(config), EhloReply.For(config, _hubs.Hubs), assignment);
    }

    private Route Build(RouteConfig route)
    {
        var line = _lines.GetOrAdd(route.Name, static _ => new WaitingLine());
        return new Route(route.Name, [.. route.Hubs.SelectMany(_hubs.Named)], line);
    }

    // What changes without anybody saying so: hubs' rates and shares, and what hubs were last heard to offer.
    private void KeepHouse()
    {
        _router.Pump();
        var current = _services.Pool.Current;
        _spool?.Look(current.Assignment);
        if (current.Assignment is { Closing: true })
        {
            foreach (var session in _sessions.Keys)
            {
                session.Leave();
            }
        }

        var ehlo = EhloReply.For(current.Config, _hubs.Hubs);
        if (!ehlo.Lines.SequenceEqual(current.Ehlo.Lines))
        {
            _services.Pool.Refresh(snapshot => snapshot with { Ehlo = ehlo });
        }
    }

    [LoggerMessage(6001, LogLevel.Information, "Serving pool {Namespace}/{Name} on {Addresses} with {Hubs} hubs, configuration {Hash}")]
    private static partial void Serving(ILogger logger, string @namespace, string name, string addresses, int hubs, string hash);

    [LoggerMessage(6004, LogLevel.Information, "Told to end: serving on for {Seconds} s")]
    private static partial void Lingering(ILogger logger, double seconds);

    [LoggerMessage(6002, LogLevel.Information, "Leaving: no new sessions, {Sessions} to end")]
    private static partial void Leaving(ILogger logger, int sessions);

    [LoggerMessage(6003, LogLevel.Information, "Left, {Sessions} sessions cut off")]
    private static partial void Left(ILogger logger, int sessions);
}
