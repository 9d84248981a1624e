using System.Collections.Concurrent;
using Prometheus;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Admin;

/// <summary>
/// Every metric of the relay. Base units; labels hold names from the configuration only, never an address, a domain or
/// an id. What the hot path counts is resolved beforehand.
/// </summary>
public sealed class RelayMetrics
{
    private static readonly string[] Classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
    private static readonly string[] SessionResults = ["quit", "closed", "timed_out", "rejected", "leaving", "failed", "denied", "limited", "unproxied", "errors", "expired"];
    private static readonly string[] LoginResults = ["ok", "failed", "malformed", "cancelled", "busy", "closed"];
    private static readonly string[] MessageResults = ["delivered", "queued", "deferred", "rejected", "abandoned"];

    private readonly MetricFactory _factory;
    private readonly Gauge _sessions;
    private readonly Counter _sessionsTotal;
    private readonly Counter _tlsHandshakes;
    private readonly Counter _tlsSessions;
    private readonly Gauge _certificates;
    private readonly Counter _logins;
    private readonly Counter _hidden;
    private readonly Counter.Child[,] _commands;
    private readonly Counter _messages;
    private readonly Histogram _messageBytes;
    private readonly Histogram _transactionSeconds;
    private readonly Gauge _hubState;
    private readonly Gauge _hubInFlight;
    private readonly Gauge _hubConnections;
    private readonly Counter _hubAttempts;
    private readonly Histogram _hubSeconds;
    private readonly Counter _hubFailovers;
    private readonly Counter _duplicates;
    private readonly Gauge _spoolMessages;
    private readonly Gauge _spoolBytes;
    private readonly Gauge _spoolOldest;
    private readonly Histogram _spoolCommit;
    private readonly Counter _handedOver;
    private readonly Gauge _configInfo;
    // Looking labels up costs more than counting.
    private readonly ConcurrentDictionary<(string Hub, HubPhase Phase), Histogram.Child> _secondsOf = new();
    private readonly ConcurrentDictionary<(string Hub, string Result), Counter.Child> _attemptsOf = new();
    private string _configHash = "";

    public RelayMetrics(string version)
    {
        Registry = Metrics.NewCustomRegistry();
        _factory = Metrics.WithCustomRegistry(Registry);
        _sessions = _factory.CreateGauge("relay_sessions", "Client sessions now.", "listener");
        _sessionsTotal = _factory.CreateCounter("relay_sessions_total", "Client sessions ended, by how they ended.", "listener", "result");
        _tlsHandshakes = _factory.CreateCounter("relay_tls_handshakes_total", "TLS handshakes with clients, by how they ended.", "listener", "result");
        _tlsSessions = _factory.CreateCounter("relay_tls_sessions_total", "Client sessions that went over to TLS, by its version and cipher.", "listener", "version", "cipher");
        _certificates = _factory.CreateGauge("relay_listener_certificate_expiry_timestamp_seconds", "When the first of a listener's certificates expires, in Unix time.", "listener");
        _logins = _factory.CreateCounter("relay_auth_total", "AUTH commands of clients, by mechanism and by how they ended.", "listener", "mechanism", "result");
        _hidden = _factory.CreateCounter("relay_sessions_hidden_total", "Connections from an address of the cluster's own, behind which anybody may be.", "listener");
        _messages = _factory.CreateCounter("relay_messages_total", "Transactions, by what became of them.", "listener", "result");
        _messageBytes = _factory.CreateHistogram("relay_message_bytes", "Size of messages.", new HistogramConfiguration
        {
            Buckets = Histogram.ExponentialBuckets(1024, 4, 10),
        });
        _transactionSeconds = _factory.CreateHistogram("relay_transaction_seconds", "From MAIL to the reply after the final dot.", Seconds());
        _hubState = _factory.CreateGauge("relay_hub_state", "Endpoints of a hub in a state.", "hub", "state");
        _hubInFlight = _factory.CreateGauge("relay_hub_in_flight", "Transactions at a hub now.", "hub");
        _hubConnections = _factory.CreateGauge("relay_hub_connections", "Connections to a hub now.", "hub", "state");
        _hubAttempts = _factory.CreateCounter("relay_hub_attempts_total", "Transactions tried at a hub, by result.", "hub", "result");
        _hubSeconds = _factory.CreateHistogram("relay_hub_seconds", "How long a hub took in a phase.", ["hub", "phase"], Seconds());
        _hubFailovers = _factory.CreateCounter("relay_hub_failovers_total", "Transactions that left a hub for another one.", "hub");
        _duplicates = _factory.CreateCounter("relay_possible_duplicates_total", "Messages sent again after a final dot without a verdict.");
        _spoolMessages = _factory.CreateGauge("relay_spool_messages", "Spooled messages that have recipients in a state.", "state");
        _spoolBytes = _factory.CreateGauge("relay_spool_bytes", "Octets of the spooled messages' bodies.");
        _spoolOldest = _factory.CreateGauge("relay_spool_oldest_seconds", "Age of the oldest spooled message.");
        _spoolCommit = _factory.CreateHistogram("relay_spool_commit_seconds", "How long a commit of the spool took, its sync included.", new HistogramConfiguration
        {
            Buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        });
        _handedOver = _factory.CreateCounter("relay_spool_handed_over_total", "Messages that a leaving pod's peers took over.");
        _configInfo = _factory.CreateGauge("relay_config_info", "The configuration in force.", "hash");
        _factory.CreateGauge("relay_build_info", "The program's version.", "version").WithLabels(version).Set(1);

        var commands = _factory.CreateCounter("relay_commands_total", "Commands, by the class of their reply.", "verb", "code_class");
        var verbs = Enum.GetValues<SmtpVerb>();
        _commands = new Counter.Child[verbs.Length, Classes.Length];
        foreach (var verb in verbs)
        {
            for (var i = 2; i < Classes.Length; i++)
            {
                _commands[(int)verb, i] = commands.WithLabels(verb.ToString().ToUpperInvariant(), Classes[i]);
            }
        }
    }

    /// <summary>What a scrape reads.</summary>
    public CollectorRegistry Registry { get; }

    public void SessionOpened(string listener) => _sessions.WithLabels(listener).Inc();

    public void SessionClosed(string listener, string result)
    {
        _sessions.WithLabels(listener).Dec();
        _sessionsTotal.WithLabels(listener, result).Inc();
    }

    /// <summary>A connection that was turned away before it became a session.</summary>
    public void SessionRefused(string listener, string result) => _sessionsTotal.WithLabels(listener, result).Inc();

    public void TlsHandshake(string listener, TlsOutcome outcome) => _tlsHandshakes.WithLabels(listener, OutcomeName(outcome)).Inc();

    public void TlsSession(string listener, TlsFacts tls) => _tlsSessions.WithLabels(listener, tls.Version, tls.Cipher).Inc();

    /// <param name="listener">Name of the listener.</param>
    /// <param name="mechanism">PLAIN, LOGIN, SCRAM-SHA-256 or other.</param>
    /// <param name="result">ok, failed, malformed, cancelled, busy or closed.</param>
    public void Login(string listener, string mechanism, string result) => _logins.WithLabels(listener, mechanism, result).Inc();

    /// <summary>A connection from a node's or gateway's address.</summary>
    public void SessionHidden(string listener) => _hidden.WithLabels(listener).Inc();

    public void Command(SmtpVerb verb, int codeClass) => _commands[(int)verb, codeClass].Inc();

    public void Message(string listener, string result) => _messages.WithLabels(listener, result).Inc();

    public void MessageBytes(long bytes) => _messageBytes.Observe(bytes);

    public void TransactionSeconds(double seconds) => _transactionSeconds.Observe(seconds);

    public void HubAttempt(string hub, string result) =>
        _attemptsOf.GetOrAdd((hub, result), static (key, metric) => metric.WithLabels(key.Hub, key.Result), _hubAttempts).Inc();

    /// <param name="hub">Name of the hub.</param>
    /// <param name="phase">Connect for everything before MAIL, Mail for the answers to MAIL and RCPT, Data, Dot.</param>
    /// <param name="seconds">How long it took.</param>
    public void HubSeconds(string hub, HubPhase phase, double seconds) =>
        _secondsOf.GetOrAdd((hub, phase), static (key, metric) => metric.WithLabels(key.Hub, PhaseName(key.Phase)), _hubSeconds).Observe(seconds);

    public void HubFailover(string hub) => _hubFailovers.WithLabels(hub).Inc();

    public void PossibleDuplicate() => _duplicates.Inc();

    public void PossibleDuplicates(int count) => _duplicates.Inc(count);

    /// <summary>A peer took over a message.</summary>
    public void HandedOver() => _handedOver.Inc();

    public void SpoolCommit(double seconds) => _spoolCommit.Observe(seconds);

    /// <summary>Has the spool asked at each scrape.</summary>
    public void Watch(ISpool spool, TimeProvider time) => Registry.AddBeforeCollectCallback(() =>
    {
        var statistics = spool.Statistics;
        for (var i = 0; i < statistics.ByState.Length; i++)
        {
            _spoolMessages.WithLabels(((RecipientState)i).ToString().ToLowerInvariant()).Set(statistics.ByState[i]);
        }

        _spoolBytes.Set(statistics.Bytes);
        _spoolOldest.Set(statistics.Oldest is { } oldest ? (time.GetUtcNow() - oldest).TotalSeconds : 0);
    });

    /// <summary>The configuration that is in force now; what it brings is counted from 0 on, so that a first event is a rise.</summary>
    public void Config(PoolConfig config)
    {
        foreach (var listener in config.Listeners)
        {
            _sessions.WithLabels(listener.Name);
            _hidden.WithLabels(listener.Name);
            foreach (var result in SessionResults)
            {
                _sessionsTotal.WithLabels(listener.Name, result);
            }

            if (listener.Tls is not null)
            {
                foreach (var outcome in Enum.GetValues<TlsOutcome>())
                {
                    _tlsHandshakes.WithLabels(listener.Name, OutcomeName(outcome));
                }
            }

            if (listener.Auth is not null)
            {
                foreach (var result in LoginResults)
                {
                    _logins.WithLabels(listener.Name, PlainMechanism.Name, result);
                    _logins.WithLabels(listener.Name, LoginMechanism.Name, result);
                    _logins.WithLabels(listener.Name, ScramMechanism.Name, result);
                }
            }

            foreach (var result in MessageResults)
            {
                _messages.WithLabels(listener.Name, result);
            }
        }

        var hash = config.Hash;
        if (hash != _configHash)
        {
            _configInfo.RemoveLabelled(_configHash);
            _configInfo.WithLabels(hash).Set(1);
            _configHash = hash;
        }
    }

    /// <summary>The certificates that are shown now, by listener.</summary>
    public void Certificates(IReadOnlyDictionary<string, ListenerTls> listeners)
    {
        ForgetSeries(_certificates, listener => !listeners.ContainsKey(listener));
        foreach (var (listener, tls) in listeners)
        {
            _certificates.WithLabels(listener).Set(tls.NotAfter.ToUnixTimeSeconds());
        }
    }

    /// <summary>Has <paramref name="hubs"/> asked at each scrape; hubs that are gone lose their series.</summary>
    public void Watch(Func<IReadOnlyCollection<Hub>> hubs) => Registry.AddBeforeCollectCallback(() => Refresh(hubs()));

    private void Refresh(IReadOnlyCollection<Hub> hubs)
    {
        var byName = hubs.GroupBy(hub => hub.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        Forget(hub => !byName.ContainsKey(hub));
        foreach (var (name, endpoints) in byName)
        {
            _hubFailovers.WithLabels(name);
            _hubInFlight.WithLabels(name).Set(endpoints.Sum(hub => hub.InFlight));
            _hubConnections.WithLabels(name, "busy").Set(endpoints.Sum(hub => hub.Connections.Busy));
            _hubConnections.WithLabels(name, "idle").Set(endpoints.Sum(hub => hub.Connections.Idle));
            foreach (var state in Enum.GetValues<Health.HubHealthState>())
            {
                _hubState.WithLabels(name, StateName(state)).Set(endpoints.Count(hub => hub.Health.State == state));
            }
        }
    }

    // At each scrape anew: a transaction may end at a hub that is gone, and count once more.
    private void Forget(Predicate<string> isGone)
    {
        foreach (var key in _secondsOf.Keys.Where(key => isGone(key.Hub)))
        {
            _secondsOf.TryRemove(key, out _);
        }

        foreach (var key in _attemptsOf.Keys.Where(key => isGone(key.Hub)))
        {
            _attemptsOf.TryRemove(key, out _);
        }

        ForgetSeries(_hubState, isGone);
        ForgetSeries(_hubInFlight, isGone);
        ForgetSeries(_hubConnections, isGone);
        ForgetSeries(_hubAttempts, isGone);
        ForgetSeries(_hubSeconds, isGone);
        ForgetSeries(_hubFailovers, isGone);
    }

    private static void ForgetSeries<T>(Collector<T> metric, Predicate<string> isGone)
        where T : ChildBase
    {
        foreach (var labels in metric.GetAllLabelValues().Where(labels => isGone(labels[0])).ToList())
        {
            metric.RemoveLabelled(labels);
        }
    }

    private static string OutcomeName(TlsOutcome outcome) => outcome switch
    {
        TlsOutcome.Ok => "ok",
        TlsOutcome.Failed => "failed",
        TlsOutcome.Closed => "closed",
        _ => "timed_out",
    };

    private static string StateName(Health.HubHealthState state) => state.ToString().ToLowerInvariant();

    private static string PhaseName(HubPhase phase) => phase.ToString().ToLowerInvariant();

    private static HistogramConfiguration Seconds() => new() { Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 300] };
}
