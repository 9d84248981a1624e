using RelayOperator.Api.Config;

namespace RelayOperator.Operator.Status;

/// <summary>NoRedundancy: the loss of one pod, node or hub ends the service.</summary>
internal static class NoRedundancyCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var (pool, wanted) = (facts.Pool, facts.Resources.Size.Wanted);
        if (wanted == 0)
        {
            return null;
        }

        if (wanted == 1)
        {
            return Verdict.True("OnePod", "the pool has one pod: while it restarts, nobody answers; use spec.replicas 2 or more");
        }

        var ready = facts.StayingPods.Where(pod => pod.Ready).ToArray();
        if (ready.Length > 1 && ready.All(pod => pod.Node.Length > 0 && pod.Node == ready[0].Node))
        {
            return Verdict.True("OneNode", $"all ready pods run on node {ready[0].Node}");
        }

        var hubs = pool.SelectedHubs().Where(hub => hub.Spec.State == HubAdministrativeState.Active).ToArray();
        return hubs is [{ Spec.Discovery: HubDiscovery.Static } only]
            ? Verdict.True("OneHub", $"{only.Metadata.Name} is the only active hub")
            : null;
    }
}
