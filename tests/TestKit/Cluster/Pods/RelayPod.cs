using System.Net;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>
/// One pod that runs: a real relay on an address of its own. Contract: it is probed as long as it lives, also while it
/// leaves; started again when it ends unasked, each time after a longer pause; and its mounted Secrets follow after a while.
/// </summary>
public sealed class RelayPod
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly JsonObject _container;
    private readonly PodFiles _files;
    private readonly string[] _command;
    private readonly PodReports _reports;
    private readonly TimeProvider _time;
    private readonly Task _running;

    internal RelayPod(JsonObject pod, PodFiles files, IPEndPoint admin, Uri api, TimeSpan mountDelay, PodReports reports, TimeProvider time)
    {
        (Name, Address, _files, _reports, _time) = (pod.Name(), admin.Address, files, reports, time);
        _container = pod.At("spec", "containers").Items().Single();
        var environment = PodEnvironment.Of(pod, _container, files, admin, api).Select(variable => $"{variable.Key}={variable.Value}");
        _command = [.. environment, "dotnet", Repository.Relay, .. _container["args"].Texts()];
        Admin = new RelayAdmin(admin);
        Process = Start();
        _running = RunAsync(mountDelay);
    }

    public string Name { get; }

    public IPAddress Address { get; }

    public RelayAdmin Admin { get; }

    /// <summary>Its container, or the last one.</summary>
    public ChildProcess Process { get; private set; }

    /// <summary>How often its container ended unasked.</summary>
    public int Restarts { get; private set; }

    /// <summary>What its container ended with when the pod left; null before that.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Told to end; killed where it is still there after the grace.</summary>
    internal async Task TerminateAsync(TimeSpan grace)
    {
        await LeaveAsync("TERM");
        await Task.WhenAny(_running, Task.Delay(grace, _time));
        await KillAsync();
    }

    internal async Task KillAsync()
    {
        await LeaveAsync("KILL");
        await _running;
    }

    internal async ValueTask DisposeAsync()
    {
        await KillAsync();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
        _leaving.Dispose();
    }

    private ChildProcess Start()
    {
        var process = ChildProcess.Start("/usr/bin/env", _command);
        _processes.Add(process);
        return process;
    }

    private async Task RunAsync(TimeSpan mountDelay)
    {
        await Task.WhenAll(KeepRunningAsync(), KeepMountedAsync(mountDelay));
        ExitCode = Process.ExitCode;
        _files.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        var pause = FirstPause;
        while (true)
        {
            await new PodProbes(_container, Admin, _reports.Ready).RunAsync(Process, _time);
            if (_leaving.IsCancellationRequested)
            {
                return;
            }
            Restarts++;
            _reports.Exited(Process.ExitCode);
            await Task.Delay(pause, _time, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            lock (_lock)
            {
                if (_leaving.IsCancellationRequested)
                {
                    return;
                }
                Process = Start();
            }
        }
    }

    private async Task KeepMountedAsync(TimeSpan delay)
    {
        while (!_leaving.IsCancellationRequested)
        {
            await Task.Delay(delay, _time, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _files.Refresh();
        }
    }

    private async Task LeaveAsync(string signal)
    {
        lock (_lock)
        {
            _leaving.Cancel();
        }
        if (!Process.HasExited)
        {
            await Process.SignalAsync(signal);
        }
    }
}
