using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>Pods that are nothing but an address: they start at once, are ready when the test says so, and leave when asked.</summary>
public sealed class PretendedPods : IPodRunner
{
    private readonly ConcurrentDictionary<string, PodReports> _running = new(StringComparer.Ordinal);
    private int _next = 1;

    /// <summary>Whether a pod that starts is ready at once; by default every one is.</summary>
    public Func<JsonObject, bool> IsReady { get; set; } = _ => true;

    /// <summary>What a pod does before it leaves, at most for its grace; by default nothing.</summary>
    public Func<JsonObject, Task> Leave { get; set; } = _ => Task.CompletedTask;

    /// <summary>The pods that run, as "namespace/name".</summary>
    public IEnumerable<string> Running => _running.Keys;

    /// <summary>A pod's readiness changes.</summary>
    public void SetReady(string space, string name, bool isReady)
    {
        if (_running.TryGetValue($"{space}/{name}", out var reports))
        {
            reports.Ready(isReady);
        }
    }

    public Task<string> StartAsync(JsonObject pod, PodReports reports)
    {
        _running[Key(pod)] = reports;
        var number = Interlocked.Increment(ref _next);
        if (IsReady(pod))
        {
            reports.Ready(true);
        }
        return Task.FromResult($"127.0.{number / 250}.{(number % 250) + 1}");
    }

    public async Task TerminateAsync(JsonObject pod, TimeSpan grace)
    {
        using var limit = new CancellationTokenSource();
        var over = Task.Delay(grace, TimeProvider.System, limit.Token);
        await Task.WhenAny(Leave(pod), over);
        await limit.CancelAsync();
        _running.TryRemove(Key(pod), out _);
    }

    public Task KillAsync(JsonObject pod)
    {
        _running.TryRemove(Key(pod), out _);
        return Task.CompletedTask;
    }

    private static string Key(JsonObject pod) => $"{pod.Namespace()}/{pod.Name()}";
}
