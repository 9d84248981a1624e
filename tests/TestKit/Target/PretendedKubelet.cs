using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Target;

/// <summary>
/// The kubelet of a test's own pods, by way of the API alone, so that it works on any server: binds them to a node that
/// does not exist, says that they run and are ready, and lets them go when they are told to leave. Only pods that no node
/// is for are its own; see <see cref="NodeSelector"/>.
/// </summary>
public sealed class PretendedKubelet : IAsyncDisposable
{
    /// <summary>Label that no node has: a pod that asks for it is left to this kubelet.</summary>
    public const string NodeSelector = "relayoperator.io/pretended";

    private const string NodeName = "relayoperator-pretended";

    private readonly Kubernetes _api;
    private readonly string _namespace;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, V1Pod> _byAddress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _leaving = new(StringComparer.Ordinal);
    private readonly Task _running;
    private int _started;

    public PretendedKubelet(Kubernetes api, string ns)
    {
        (_api, _namespace) = (api, ns);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Whether a pod is ready as soon as it runs; by default every one is.</summary>
    public Func<V1Pod, bool> IsReady { get; set; } = _ => true;

    /// <summary>What a pod does before it leaves; by default nothing. The test's end ends it.</summary>
    public Func<V1Pod, CancellationToken, Task> Leave { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>The pod that has an address now; null for none.</summary>
    public V1Pod? PodAt(string address) => _byAddress.GetValueOrDefault(address);

    /// <summary>The pods that run, by name.</summary>
    public IEnumerable<string> Running => _byAddress.Values.Select(pod => pod.Metadata.Name).Order(StringComparer.Ordinal);

    /// <summary>Changes a running pod's readiness.</summary>
    public Task SetReadyAsync(string pod, bool ready) => TellAsync(pod, new JsonObject { ["conditions"] = Conditions(ready) });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Task.WhenAll(_leaving.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await WatchAsync();
            }
            catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or KubernetesException or OperationCanceledException)
            {
                // Listed and watched again, as a kubelet would.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WatchAsync()
    {
        var list = await _api.CoreV1.ListNamespacedPodAsync(_namespace, cancellationToken: _stop.Token);
        foreach (var pod in list.Items)
        {
            await LookAsync(pod);
        }

        var watch = _api.CoreV1.WatchListNamespacedPodAsync(_namespace, resourceVersion: list.Metadata.ResourceVersion, timeoutSeconds: 300, cancellationToken: _stop.Token);
        await foreach (var (type, pod) in watch)
        {
            if (type == WatchEventType.Deleted)
            {
                Forget(pod);
            }
            else if (type is WatchEventType.Added or WatchEventType.Modified)
            {
                await LookAsync(pod);
            }
        }
    }

    private async Task LookAsync(V1Pod pod)
    {
        if (pod.Spec.NodeSelector?.ContainsKey(NodeSelector) != true)
        {
            return;
        }

        try
        {
            if (pod.Metadata.DeletionTimestamp is not null)
            {
                _ = _leaving.GetOrAdd(pod.Metadata.Uid, _ => LeaveAsync(pod));
            }
            else if (pod.Spec.NodeName is null)
            {
                var binding = new V1Binding { Metadata = new() { Name = pod.Metadata.Name }, Target = new() { Kind = "Node", Name = NodeName } };
                await _api.CoreV1.CreateNamespacedPodBindingAsync(binding, pod.Metadata.Name, _namespace, cancellationToken: _stop.Token);
            }
            else if (pod.Status?.PodIP is null)
            {
                await StartAsync(pod);
            }
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Gone, or bound already: the next event says so.
        }
    }

    // Told of again before its status is there, a pod keeps the address that it got.
    private async Task StartAsync(V1Pod pod)
    {
        if (_byAddress.Values.Any(known => known.Metadata.Uid == pod.Metadata.Uid))
        {
            return;
        }

        // Of the block for benchmarks: nobody's, and no loopback address, which an EndpointSlice may not hold.
        var number = Interlocked.Increment(ref _started);
        var address = string.Create(CultureInfo.InvariantCulture, $"198.18.{number / 250}.{(number % 250) + 1}");
        _byAddress[address] = pod;
        await TellAsync(pod.Metadata.Name, new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = address,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address }),
            ["startTime"] = Timestamp.Of(TimeProvider.System),
            ["conditions"] = Conditions(IsReady(pod)),
        });
    }

    private async Task LeaveAsync(V1Pod pod)
    {
        await Leave(pod, _stop.Token);
        Forget(pod);
        try
        {
            var options = new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new() { Uid = pod.Metadata.Uid } };
            await _api.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, _namespace, options, cancellationToken: _stop.Token);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Gone already.
        }
    }

    private void Forget(V1Pod pod)
    {
        foreach (var (address, _) in _byAddress.Where(entry => entry.Value.Metadata.Uid == pod.Metadata.Uid))
        {
            _byAddress.TryRemove(address, out _);
        }
    }

    private Task TellAsync(string pod, JsonObject status) => _api.CoreV1.PatchNamespacedPodStatusAsync(
        new V1Patch(new JsonObject { ["status"] = status }.ToJsonString(), V1Patch.PatchType.MergePatch), pod, _namespace, cancellationToken: _stop.Token);

    private static JsonArray Conditions(bool ready)
    {
        return [Of("PodScheduled", true), Of("Initialized", true), Of("ContainersReady", ready), Of("Ready", ready)];

        static JsonObject Of(string type, bool holds) => new()
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["lastTransitionTime"] = Timestamp.Of(TimeProvider.System),
        };
    }
}
