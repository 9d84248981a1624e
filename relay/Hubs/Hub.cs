using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// One endpoint of one HubTransport, and all that is known about it while the relay runs. Its parts are thread-safe
/// each by itself; the configuration is swapped as one reference.
/// </summary>
public sealed class Hub
{
    private static readonly TimeSpan PenaltyHalfLife = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LiveFor = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly Lock _penaltyLock = new();
    private double _penalty;
    private long _penaltyAt;
    private int _trial;
    private long _delivered;
    private long _lastLive;
    private int _queued;
    private volatile HubConfig _config;
    private volatile HubCapabilities? _capabilities;

    /// <param name="config">The HubTransport, weight and tier adjusted to the endpoint where discovery says so.</param>
    /// <param name="id">Name in logs and /status: the HubTransport's, with the address behind it where it has several.</param>
    /// <param name="endPoint">Where it listens; a name that is resolved at each connect, or an address.</param>
    /// <param name="health">How it is judged.</param>
    /// <param name="connections">Its connections.</param>
    /// <param name="time">The clock.</param>
    public Hub(HubConfig config, string id, EndPoint endPoint, HubHealth health, HubConnectionPool connections, TimeProvider time)
    {
        _config = config;
        _time = time;
        Id = id;
        EndPoint = endPoint;
        Health = health;
        Connections = connections;
        Concurrency = new ConcurrencyLimit(config.Limits.MaxConnections);
        Rate = new MessageRate(config.Limits.MessagesPerMinute);
    }

    /// <summary>The HubTransport's name: what metrics carry.</summary>
    public string Name => _config.Name;

    public string Id { get; }

    public HubConfig Config => _config;

    /// <summary>May take new mail as far as its configuration goes: neither draining, disabled nor without weight.</summary>
    public bool IsWilling => _config is { State: HubAdministrativeState.Active, Weight: > 0 };

    public EndPoint EndPoint { get; }

    public HubHealth Health { get; }

    public HubConnectionPool Connections { get; }

    public ConcurrencyLimit Concurrency { get; }

    public MessageRate Rate { get; }

    /// <summary>What it offered when it was last heard; null for never.</summary>
    public HubCapabilities? Capabilities
    {
        get => _capabilities;
        set => _capabilities = value;
    }

    public int InFlight => Concurrency.InUse;

    /// <summary>Messages it took since the relay began.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    public void CountDelivered() => Interlocked.Increment(ref _delivered);

    /// <summary>Refusals at once, as load: halves every five seconds, so that a broken hub attracts nothing.</summary>
    public double Penalty
    {
        get
        {
            lock (_penaltyLock)
            {
                return _penalty < 0.01 ? 0 : _penalty * Decay();
            }
        }
    }

    public void Penalize()
    {
        lock (_penaltyLock)
        {
            _penalty = (_penalty * Decay()) + 4;
            _penaltyAt = _time.GetTimestamp();
        }
    }

    /// <summary>Whether there is a free place for a transaction that a client waits for.</summary>
    public bool HasRoom => Concurrency.HasRoom && Rate.HasRoom;

    /// <summary>
    /// Whether <see cref="TryEnter"/> would succeed now. What comes from the spool leaves a place free, and half of them
    /// while clients are served too.
    /// </summary>
    public bool HasRoomFor(bool queued) => HasRoom && (!queued || Volatile.Read(ref _queued) < QueuedShare);

    /// <summary>Takes one transaction's place within the limits.</summary>
    public bool TryEnter(bool queued = false)
    {
        if (!HasRoomFor(queued) || !Concurrency.TryEnter())
        {
            return false;
        }

        if (!Rate.TryTake())
        {
            Concurrency.Exit();
            return false;
        }

        if (queued)
        {
            Interlocked.Increment(ref _queued);
        }
        else
        {
            Volatile.Write(ref _lastLive, _time.GetTimestamp());
        }

        return true;
    }

    /// <summary>Gives a place back that <see cref="TryEnter"/> gave.</summary>
    public void Exit(bool queued)
    {
        Concurrency.Exit();
        if (queued)
        {
            Interlocked.Decrement(ref _queued);
        }
    }

    private int QueuedShare
    {
        get
        {
            var last = Volatile.Read(ref _lastLive);
            var live = last != 0 && _time.GetElapsedTime(last) < LiveFor;
            return Math.Max(1, live ? Concurrency.Current / 2 : Concurrency.Current - 1);
        }
    }

    /// <summary>
    /// The one transaction at a time that may find out whether an unhealthy hub takes mail after all, within its limits.
    /// </summary>
    public bool TryBeginTrial(bool queued = false)
    {
        if (Interlocked.CompareExchange(ref _trial, 1, 0) != 0)
        {
            return false;
        }

        if (TryEnter(queued))
        {
            return true;
        }

        EndTrial();
        return false;
    }

    public void EndTrial() => Volatile.Write(ref _trial, 0);

    /// <summary>Takes over a changed configuration; health, connections and what is in flight stay.</summary>
    public void Update(HubConfig config, HealthConfig health, int slowStartSeconds)
    {
        _config = config;
        Concurrency.Resize(config.Limits.MaxConnections);
        Rate.Resize(config.Limits.MessagesPerMinute);
        Health.Update(health, slowStartSeconds);
        Connections.Update(config);
    }

    public override string ToString() => Id;

    private double Decay() => Math.Pow(0.5, _time.GetElapsedTime(_penaltyAt) / PenaltyHalfLife);
}
