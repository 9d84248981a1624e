using System.Runtime.InteropServices;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// Watches one hub for as long as it is used: probes it when a probe is due, notices its silence under traffic, gives
/// up what hangs in it once it is condemned, and closes connections that have been idle for long.
/// </summary>
public sealed class HubWatch : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Hub _hub;
    private readonly string _poolUid;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<HubWait> _waits = [];
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _lastProbe;
    private double _jitter;
    private bool _probing;

    public HubWatch(Hub hub, string poolUid, TimeProvider time, Random random)
    {
        _hub = hub;
        _poolUid = poolUid;
        _time = time;
        _random = random;
        _timer = time.CreateTimer(_ => Look(), null, TimeSpan.Zero, Tick);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Cancel();
    }

    private void Look()
    {
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            JudgeSilence();
            _hub.Connections.Prune();
            if (!_probing && ProbeSchedule.IsDue(_hub, _time) && (_lastProbe == 0 || _time.GetElapsedTime(_lastProbe) >= ProbeSchedule.Delay(_hub, _jitter)))
            {
                _probing = true;
                _ = ProbeAsync();
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void JudgeSilence()
    {
        _hub.Connections.CopyWaits(_waits);
        if (_waits.Count == 0)
        {
            return;
        }

        var health = _hub.Health;
        if (health.TakesNewMail
            && Unresponsiveness.IsSuspect(CollectionsMarshal.AsSpan(_waits), health.ProbeFailures > 0, health.SinceCleared.TotalSeconds))
        {
            health.Suspect($"silent for {Unresponsiveness.SilentSeconds} s on {_waits.Count} connections");
        }

        switch (health.State)
        {
            case HubHealthState.Down:
                // Probes fail and nothing comes: what hangs here goes elsewhere, the final dot sent or not.
                _hub.Connections.AbandonWaits(Unresponsiveness.SilentSeconds, afterDotToo: true);
                break;
            case HubHealthState.Suspect or HubHealthState.Ejected:
                _hub.Connections.AbandonWaits(Unresponsiveness.GiveUpSeconds, afterDotToo: false);
                break;
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            var depth = ProbeSchedule.Depth(_hub);
            Record(depth, await HubProbe.RunAsync(_hub.Connections.Connector, depth, _time, ProbeSchedule.Timeout(_hub), _stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The hub is no longer used.
        }
        finally
        {
            lock (_lock)
            {
                _lastProbe = _time.GetTimestamp();
                _jitter = _random.NextDouble();
                _probing = false;
            }
        }
    }

    private void Record(ProbeDepth depth, ProbeReport report)
    {
        if (report.Capabilities is { } capabilities && depth > ProbeDepth.Connect)
        {
            if (capabilities.LoopUid == _poolUid)
            {
                _hub.Health.Eject("this hub is the pool itself", isLoop: true);
                return;
            }

            _hub.Capabilities = capabilities;
        }

        if (report.Ok)
        {
            _hub.Health.ProbeSucceeded();
        }
        else if (report.Fault == HubFault.Refused)
        {
            _hub.Health.ProbeFailed(report.Reason);
            _hub.Health.Eject(report.Reason);
        }
        else if (report.Fault != HubFault.NoResources)
        {
            _hub.Health.ProbeFailed(report.Reason);
        }
    }
}
