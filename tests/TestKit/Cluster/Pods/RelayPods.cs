using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>Runs each pod as a real <c>relay</c> process on its own 127.x.y.z, with the API of its ServiceAccount's rights.</summary>
public sealed class RelayPods(ApiServer server) : IPodRunner, IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, RelayPod> _pods = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _over = new();

    /// <summary>How long after a change of a Secret its mounted copies follow.</summary>
    public TimeSpan MountDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The volumes behind claims.</summary>
    public ClaimFolders Claims { get; } = new(server.Cluster);

    /// <summary>Where a pod's status is, by the pod's address: for an operator.</summary>
    public Uri StatusOf(string ip) => new($"http://{_pods.Values.First(pod => $"{pod.Address}" == ip).Admin.Address}/status");

    /// <summary>A pod that runs or ran, by its uid.</summary>
    public RelayPod? Find(string uid) => _pods.GetValueOrDefault(uid);

    public async Task<string> StartAsync(JsonObject pod, PodReports reports)
    {
        while (!PodFiles.CanMount(server.Cluster, pod))
        {
            await Task.Delay(LookAgain, server.Cluster.Time, _over.Token);
            if (server.Cluster.Get(BuiltInKinds.Pod, pod.Namespace(), pod.Name()) is not { } now || now.Uid() != pod.Uid() || now.IsLeaving())
            {
                throw new OperationCanceledException("The pod leaves before it began.");
            }
        }
        lock (_over)
        {
            _over.Token.ThrowIfCancellationRequested();
            var admin = PodAddresses.Next();
            _pods[pod.Uid()] = new RelayPod(pod, new PodFiles(server.Cluster, pod, Claims), admin, server.Address, MountDelay, reports, server.Cluster.Time);
            return $"{admin.Address}";
        }
    }

    public Task TerminateAsync(JsonObject pod, TimeSpan grace) => Find(pod.Uid())?.TerminateAsync(grace) ?? Task.CompletedTask;

    public Task KillAsync(JsonObject pod) => Find(pod.Uid())?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Ends every pod.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_over)
        {
            _over.Cancel();
        }
        await Task.WhenAll(_pods.Values.Select(pod => pod.DisposeAsync().AsTask()));
        _over.Dispose();
        Claims.Dispose();
    }
}
