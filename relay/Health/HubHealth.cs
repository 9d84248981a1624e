using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Health;

/// <summary>
/// The record of one hub's health: probes and traffic put their verdicts in, routing and probing read the outcome.
/// Thread-safe; what readers see is one snapshot.
/// </summary>
public sealed class HubHealth(HealthConfig config, int slowStartSeconds, TimeProvider time)
{
    private readonly Lock _lock = new();
    private HealthConfig _config = config;
    private int _slowStartSeconds = slowStartSeconds;
    private volatile Snapshot _now = new(HubHealthState.Unknown, "never heard", time.GetUtcNow(), 0, false);
    private int _failures;
    private int _probeFailures;
    private int _probeSuccesses;
    private int _ejections;
    private long _ejectedUntil;
    private long _healthySince;
    private long _lastProof;

    /// <summary>Raised after the state changed, outside of any lock.</summary>
    public event Action? Changed;

    private sealed record Snapshot(HubHealthState State, string Reason, DateTimeOffset Since, long RampFrom, bool IsLoop);

    public HubHealthState State => _now.State;

    /// <summary>Why, in a few words.</summary>
    public string Reason => _now.Reason;

    public DateTimeOffset Since => _now.Since;

    /// <summary>The hub is this pool itself: not even panic uses it.</summary>
    public bool IsLoop => _now.IsLoop;

    public bool TakesNewMail => _now.State is HubHealthState.Unknown or HubHealthState.Healthy;

    /// <summary>Failed probes in a row.</summary>
    public int ProbeFailures => Volatile.Read(ref _probeFailures);

    /// <summary>When traffic or a probe last showed that the hub works, as a timestamp; 0 for never.</summary>
    public long LastProof => Volatile.Read(ref _lastProof);

    /// <summary>How long ago it was last found healthy; endless for never.</summary>
    public TimeSpan SinceCleared =>
        Volatile.Read(ref _healthySince) is not 0 and var since ? time.GetElapsedTime(since) : TimeSpan.MaxValue;

    /// <summary>Its time out is over: the next good probe brings it back.</summary>
    public bool AwaitsReturn =>
        _now is { State: HubHealthState.Ejected, IsLoop: false } && time.GetTimestamp() >= Volatile.Read(ref _ejectedUntil);

    public HealthConfig Config => _config;

    /// <summary>How much of its weight counts now: a hub that returned ramps up from a tenth.</summary>
    public double Share()
    {
        var from = _now.RampFrom;
        if (from == 0)
        {
            return 1;
        }

        var done = time.GetElapsedTime(from).TotalSeconds / Math.Max(1, _slowStartSeconds);
        return done >= 1 ? 1 : 0.1 + (0.9 * done);
    }

    public void Update(HealthConfig config, int slowStartSeconds)
    {
        _config = config;
        _slowStartSeconds = slowStartSeconds;
    }

    /// <summary>A probe found nothing wrong; of a hub that was this pool, only one that has heard that it is another now.</summary>
    public void ProbeSucceeded() => Change(() =>
    {
        _probeFailures = 0;
        _probeSuccesses++;
        _lastProof = time.GetTimestamp();
        return _now.State switch
        {
            HubHealthState.Unknown => Healthy("probe succeeded", ramp: false),
            HubHealthState.Suspect => Healthy("probe cleared it", ramp: false),
            HubHealthState.Down when _probeSuccesses >= _config.Probe.Successes => Healthy("probes succeed again", ramp: true),
            HubHealthState.Ejected when time.GetTimestamp() >= _ejectedUntil => Healthy("back after ejection", ramp: true),
            _ => null,
        };
    });

    public void ProbeFailed(string reason) => Change(() =>
    {
        _probeSuccesses = 0;
        _probeFailures++;
        return _now.State != HubHealthState.Down && !_now.IsLoop && _probeFailures >= _config.Probe.Failures
            ? New(HubHealthState.Down, reason, 0, false)
            : null;
    });

    /// <summary>A transaction was delivered.</summary>
    /// <param name="onTrial">
    /// It began while the hub was out. Only that ends an ejection before its time: what was under way when the hub was
    /// ejected says nothing that the ejection did not know.
    /// </param>
    public void Succeeded(bool onTrial)
    {
        Volatile.Write(ref _lastProof, time.GetTimestamp());
        if (_failures == 0 && ProbeFailures == 0 && _now.State == HubHealthState.Healthy)
        {
            return;
        }

        Change(() =>
        {
            _failures = 0;
            _probeFailures = 0;
            return _now.State switch
            {
                HubHealthState.Unknown => Healthy("delivers", ramp: false),
                HubHealthState.Suspect => Healthy("delivers again", ramp: false),
                HubHealthState.Down => Healthy("delivers again", ramp: true),
                HubHealthState.Ejected when !_now.IsLoop && (onTrial || time.GetTimestamp() >= _ejectedUntil) =>
                    Healthy("delivers again", ramp: true),
                _ => null,
            };
        });
    }

    /// <summary>Counts a failure; returns true where it is one too many and the hub is to be ejected.</summary>
    public bool CountFailure()
    {
        lock (_lock)
        {
            _failures++;
            return _failures >= _config.Ejection.Failures;
        }
    }

    /// <summary>Takes the hub out for the next ejection time; one that is out already stays so.</summary>
    public void Eject(string reason, bool isLoop = false) => Change(() =>
    {
        _failures = 0;
        var isOut = _now.State == HubHealthState.Down || (_now.State == HubHealthState.Ejected && time.GetTimestamp() < _ejectedUntil);
        if (isOut && (!isLoop || _now.IsLoop))
        {
            return null;
        }

        var wasHealthyLong = _healthySince != 0 && time.GetElapsedTime(_healthySince).TotalSeconds >= _config.Ejection.MaxSeconds;
        _ejections = wasHealthyLong ? 0 : _ejections;
        _healthySince = 0;
        var seconds = Math.Min(_config.Ejection.MaxSeconds, _config.Ejection.BaseSeconds * Math.Pow(2, Math.Min(20, _ejections)));
        _ejections++;
        _ejectedUntil = time.GetTimestamp() + (long)(seconds * time.TimestampFrequency);
        return New(HubHealthState.Ejected, reason, 0, isLoop);
    });

    /// <summary>The hub is silent: no new mail until a probe decides.</summary>
    public void Suspect(string reason) => Change(() =>
        TakesNewMail ? New(HubHealthState.Suspect, reason, _now.RampFrom, false) : null);

    private Snapshot Healthy(string reason, bool ramp)
    {
        _failures = 0;
        _healthySince = time.GetTimestamp();
        return New(HubHealthState.Healthy, reason, ramp && _slowStartSeconds > 0 ? _healthySince : _now.RampFrom, false);
    }

    private Snapshot New(HubHealthState state, string reason, long rampFrom, bool isLoop) =>
        new(state, reason, time.GetUtcNow(), rampFrom, isLoop);

    private void Change(Func<Snapshot?> next)
    {
        lock (_lock)
        {
            if (next() is not { } snapshot)
            {
                return;
            }

            _now = snapshot;
        }

        Changed?.Invoke();
    }
}
