using System.Text.Json.Nodes;
using RelayOperator.Api;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Writes the status of one hub: what every pool that selects it knows of it.</summary>
public sealed class HubReconciler(ClusterView view, PoolReconciler pools, ClusterClient client, TimeProvider time)
{
    private readonly WrittenStatuses<HubTransportStatus> _statuses = new();

    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Hubs.Find(key) is not { } seen || seen.Meta.IsBeingDeleted)
        {
            _statuses.Forget(key);
            return null;
        }

        seen = seen with { Value = seen.Value with { Status = _statuses.Newest(seen.Meta, seen.Value.Status) } };
        var status = seen.Value.Read.Value is { } hub
            ? HubStatusOf.Hub(new GatheredHub(hub, seen.Meta.Generation, seen.Value.Status, [.. Pools(hub)]), time.GetUtcNow())
            : Refused(seen);
        if (StatusJson.Text(seen.Value.Status) != StatusJson.Text(status))
        {
            try
            {
                _statuses.Wrote(await client.MergeAsync(
                    ResourceKind.HubTransport, key, new JsonObject { ["status"] = StatusJson.Node(status) }, cancellationToken, "status"));
            }
            catch (ClusterException e) when (e.IsNotFound)
            {
                // Deleted meanwhile.
            }
        }

        return null;
    }

    private IEnumerable<HubInPool> Pools(HubTransport hub)
    {
        foreach (var pool in view.PoolsOf(hub.Metadata.Namespace, hub.Metadata.Labels))
        {
            if (pools.HubsOf(pool.Meta.Key) is { } said && said.Selected.Contains(hub.Metadata.Name, StringComparer.Ordinal))
            {
                yield return new HubInPool(pool.Meta.Name, said.Pods, said.LeftOut.Contains(hub.Metadata.Name, StringComparer.Ordinal) ? said.Faults : "");
            }
        }
    }

    private HubTransportStatus Refused(Watched<SeenHub> seen)
    {
        var verdict = Verdict.False("Faults", string.Join("; ", seen.Value.Read.Faults));
        return new HubTransportStatus
        {
            ObservedGeneration = seen.Meta.Generation,
            Conditions = [ConditionList.Of("Registered", verdict, seen.Meta.Generation, seen.Value.Status?.Conditions ?? [], time.GetUtcNow())],
        };
    }
}
