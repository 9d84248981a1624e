using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>
/// The startup and readiness probes of a container, at its admin endpoints, asked more often than a kubelet asks so that tests need not
/// wait. Failures of the readiness probe count as the spec says; a start has the time that the spec gives it.
/// </summary>
internal sealed class PodProbes(JsonObject container, RelayAdmin admin, Action<bool> ready)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether its readiness was last told as true.</summary>
    private bool _isReady;

    /// <summary>Probes until the process has ended; a process that does not start in time is killed.</summary>
    public async Task RunAsync(ChildProcess process, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Every, time);
        var started = time.GetTimestamp();
        while (!process.HasExited && !await AnswersAsync("startupProbe"))
        {
            if (time.GetElapsedTime(started) > TimeSpan.FromSeconds(Setting("startupProbe", "periodSeconds") * Setting("startupProbe", "failureThreshold")))
            {
                await process.KillAsync();
            }
            await timer.WaitForNextTickAsync();
        }
        for (var failures = 0; !process.HasExited; await timer.WaitForNextTickAsync())
        {
            failures = await AnswersAsync("readinessProbe") ? 0 : failures + 1;
            if (failures == 0 || failures >= Setting("readinessProbe", "failureThreshold"))
            {
                Tell(failures == 0);
            }
        }
        Tell(false);
    }

    private void Tell(bool isReady)
    {
        if (_isReady != isReady)
        {
            _isReady = isReady;
            ready(isReady);
        }
    }

    /// <summary>A container without that probe is taken as fit.</summary>
    private async Task<bool> AnswersAsync(string probe) =>
        container.At(probe, "httpGet", "path").Text() is not { } path || await admin.SaysYesAsync(path.TrimStart('/'));

    private long Setting(string probe, string name) => container.At(probe, name).Number() ?? 1;
}
