using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs.Discovery;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// Every hub that the pool uses: made, changed and let go as the configuration and DNS say. Hubs that stay keep their
/// health, their connections and what is in flight. <see cref="Changed"/> is raised after the set has changed.
/// </summary>
public sealed partial class HubDirectory(
    HubResolver resolver, DeadlineSweep sweep, HubTimeouts timeouts, AccessTokens tokens, Random random, ILogger<HubDirectory> logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HubMember> _members = new(StringComparer.Ordinal);
    private volatile ImmutableArrayBox _hubs = new([]);

    private sealed record ImmutableArrayBox(ImmutableArray<Hub> Hubs);

    public event Action? Changed;

    /// <summary>Raised when some hub's health has changed.</summary>
    public event Action? HealthChanged;

    /// <summary>All endpoints of all hubs now.</summary>
    public ImmutableArray<Hub> Hubs => _hubs.Hubs;

    /// <summary>The endpoints of one HubTransport now.</summary>
    public IEnumerable<Hub> Named(string name) => Hubs.Where(hub => hub.Name == name);

    /// <summary>Takes over a configuration.</summary>
    public void Apply(PoolConfig config)
    {
        lock (_lock)
        {
            foreach (var gone in _members.Keys.Except(config.Hubs.Select(hub => hub.Name), StringComparer.Ordinal).ToList())
            {
                _members.Remove(gone, out var member);
                member!.Retire();
            }

            foreach (var hub in config.Hubs)
            {
                if (_members.TryGetValue(hub.Name, out var member) && member.CanBecome(hub, config))
                {
                    member.Update(hub, config);
                    continue;
                }

                member?.Retire();
                member = new HubMember(hub, config, this);
                _members[hub.Name] = member;
                member.Start();
            }
        }

        tokens.Keep(config.Hubs.Select(hub => hub.Credentials?.Oauth2).OfType<HubOAuth2Config>());
        Refresh();
    }

    public async ValueTask DisposeAsync()
    {
        List<HubMember> members;
        lock (_lock)
        {
            members = [.. _members.Values];
            _members.Clear();
        }

        foreach (var member in members)
        {
            member.Retire();
            await member.Stopped;
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            _hubs = new([.. _members.Values.SelectMany(member => member.Hubs)]);
        }

        Changed?.Invoke();
    }

    /// <summary>One HubTransport: its resolution, and a hub with its watch for each endpoint.</summary>
    private sealed class HubMember(HubConfig hub, PoolConfig pool, HubDirectory directory)
    {
        private readonly CancellationTokenSource _retired = new();
        private readonly Dictionary<string, (Hub Hub, HubWatch Watch, HubEndpoint EndPoint)> _endPoints = new(StringComparer.Ordinal);
        private HubConfig _config = hub;
        private PoolConfig _pool = pool;

        public Task Stopped { get; private set; } = Task.CompletedTask;

        public IEnumerable<Hub> Hubs => _endPoints.Values.Select(entry => entry.Hub);

        public bool CanBecome(HubConfig config, PoolConfig newPool) =>
            (config.Host, config.Port, config.Discovery, newPool.HeloName) == (_config.Host, _config.Port, _config.Discovery, _pool.HeloName);

        public void Start()
        {
            if (_config.Discovery == HubDiscovery.Static)
            {
                Take(HubResolver.Literal(_config));
            }
            else
            {
                Stopped = ResolveAsync();
            }
        }

        public void Update(HubConfig config, PoolConfig newPool)
        {
            (_config, _pool) = (config, newPool);
            foreach (var (endPointHub, _, endPoint) in _endPoints.Values)
            {
                endPointHub.Update(Adjusted(endPoint), newPool.Health, newPool.Balancing.SlowStartSeconds);
            }
        }

        public void Retire()
        {
            _retired.Cancel();
            foreach (var (endPointHub, watch, _) in _endPoints.Values)
            {
                watch.Dispose();
                endPointHub.Connections.Dispose();
            }
        }

        private async Task ResolveAsync()
        {
            var failing = false;
            while (!_retired.IsCancellationRequested)
            {
                var pause = TimeSpan.FromSeconds(5);
                try
                {
                    var resolution = await directory.Resolve(_config, _retired.Token);
                    pause = resolution.Ttl;
                    failing = false;
                    if (resolution.EndPoints.IsEmpty)
                    {
                        NoEndPoints(directory.Logger, _config.Name, _config.Host);
                    }
                    else
                    {
                        lock (directory._lock)
                        {
                            Take(resolution);
                        }

                        directory.Refresh();
                    }
                }
                catch (OperationCanceledException) when (_retired.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    // The last answer stays good while DNS does not answer.
                    if (!failing)
                    {
                        DnsFailed(directory.Logger, e, _config.Name, _config.Host);
                    }

                    failing = true;
                }

                await Task.Delay(pause, directory.Time, _retired.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        private void Take(HubResolution resolution)
        {
            var wanted = resolution.EndPoints.ToDictionary(endPoint => endPoint.Address.ToString()!, StringComparer.Ordinal);
            foreach (var gone in _endPoints.Keys.Except(wanted.Keys, StringComparer.Ordinal).ToList())
            {
                _endPoints.Remove(gone, out var entry);
                entry.Watch.Dispose();
                entry.Hub.Connections.Dispose();
            }

            foreach (var (key, endPoint) in wanted)
            {
                if (_endPoints.TryGetValue(key, out var known))
                {
                    known.Hub.Update(Adjusted(endPoint), _pool.Health, _pool.Balancing.SlowStartSeconds);
                    _endPoints[key] = known with { EndPoint = endPoint };
                    continue;
                }

                var made = directory.Make(Adjusted(endPoint), _pool, endPoint);
                _endPoints[key] = (made.Hub, made.Watch, endPoint);
            }
        }

        private HubConfig Adjusted(HubEndpoint endPoint) => _config with
        {
            Host = endPoint.TargetHost,
            Tier = _config.Tier + endPoint.TierOffset,
            Weight = _config.Weight == 0 || endPoint.Weight == 0 ? _config.Weight : endPoint.Weight,
        };
    }

    private TimeProvider Time => sweep.Time;

    private ILogger Logger => logger;

    private Task<HubResolution> Resolve(HubConfig hub, CancellationToken cancellationToken) => resolver.ResolveAsync(hub, cancellationToken);

    private (Hub Hub, HubWatch Watch) Make(HubConfig config, PoolConfig pool, HubEndpoint endPoint)
    {
        var health = new HubHealth(pool.Health, pool.Balancing.SlowStartSeconds, Time);
        var connections = new HubConnectionPool(config, endPoint.Address, pool.HeloName, sweep, timeouts, tokens);
        var id = config.Discovery == HubDiscovery.Static ? config.Name : $"{config.Name}/{endPoint.Address}";
        var hub = new Hub(config, id, endPoint.Address, health, connections, Time);
        health.Changed += () =>
        {
            var level = health.State is HubHealthState.Healthy or HubHealthState.Unknown ? LogLevel.Information : LogLevel.Warning;
            HubChanged(logger, level, hub.Id, health.State, health.Reason);
            HealthChanged?.Invoke();
        };
        // A Random is not thread-safe, and watches look whenever their timers say.
        return (hub, new HubWatch(hub, pool.Uid, Time, new Random(random.Next())));
    }

    [LoggerMessage(EventId = 4001, Message = "Hub {Hub} is {State}: {Reason}")]
    private static partial void HubChanged(ILogger logger, LogLevel level, string hub, HubHealthState state, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "Hub {Hub}: DNS for {Host} fails, the last answer stays in use")]
    private static partial void DnsFailed(ILogger logger, Exception exception, string hub, string host);

    [LoggerMessage(4003, LogLevel.Warning, "Hub {Hub}: DNS knows no endpoint for {Host}, the last ones stay in use")]
    private static partial void NoEndPoints(ILogger logger, string hub, string host);
}
