using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Tests.Rollouts;

/// <summary>
/// Every state of the Deployments of a namespace, one after the other as the API server tells them: which of them had a new
/// image that was not rolled out, at each moment.
/// </summary>
internal sealed class WorkloadHistory : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<string> _order = [];
    private readonly HashSet<string> _rolledOut = new(StringComparer.Ordinal);
    private readonly string _image;
    private Task _watching = Task.CompletedTask;
    private int _most;

    private WorkloadHistory(string image) => _image = image;

    /// <summary>The Deployments in the order in which they got the image.</summary>
    public IReadOnlyList<string> Order
    {
        get
        {
            lock (_lock)
            {
                return [.. _order];
            }
        }
    }

    /// <summary>The most Deployments that had the image and were not rolled out, at any moment.</summary>
    public int MostAtATime
    {
        get
        {
            lock (_lock)
            {
                return _most;
            }
        }
    }

    public static async Task<WorkloadHistory> BeginAsync(ClusterClient client, string ns, string image)
    {
        var history = new WorkloadHistory(image);
        var list = await client.ListAsync(ResourceKind.Deployment, ns, "", false, CancellationToken.None);
        foreach (var item in list.Items)
        {
            history.Take(item);
        }

        history._watching = Task.Run(() => history.WatchAsync(client, ns, list.ResourceVersion));
        return history;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(ClusterClient client, string ns, string from)
    {
        try
        {
            await foreach (var change in client.WatchAsync(ResourceKind.Deployment, ns, "", false, from, TimeSpan.FromMinutes(5), _stop.Token))
            {
                if (change.Type is "ADDED" or "MODIFIED")
                {
                    Take(change.Subject);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private void Take(JsonElement deployment)
    {
        var name = ObjectMeta.Of(deployment).Name;
        lock (_lock)
        {
            if (HasImage(deployment) && !_order.Contains(name, StringComparer.Ordinal))
            {
                _order.Add(name);
            }

            if (HasImage(deployment) && IsRolledOut(deployment))
            {
                _rolledOut.Add(name);
            }

            _most = Math.Max(_most, _order.Count - _rolledOut.Count);
        }
    }

    private bool HasImage(JsonElement deployment) =>
        deployment.GetProperty("spec").GetProperty("template").GetProperty("spec").GetProperty("containers")[0].GetProperty("image").GetString() == _image;

    private static bool IsRolledOut(JsonElement deployment)
    {
        var whole = JsonNode.Parse(deployment.GetRawText())!;
        int Number(string half, string name) => (int?)whole[half]?[name] ?? 0;
        var wanted = Number("spec", "replicas");
        return Number("status", "observedGeneration") >= Number("metadata", "generation")
            && Number("status", "updatedReplicas") >= wanted
            && Number("status", "replicas") <= wanted
            && Number("status", "readyReplicas") >= wanted;
    }
}
