using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Status;

/// <summary>The status of a pool.</summary>
public static class PoolStatusOf
{
    private const int MostAddresses = 16;

    public static RelayPoolStatus Pool(PoolFacts facts, DateTimeOffset now)
    {
        var pool = facts.Pool;
        return new RelayPoolStatus
        {
            ObservedGeneration = pool.Generation,
            Conditions = Conditions(facts, now),
            Replicas = pool.Pods.Length,
            Selector = PoolLabels.SelectorText(pool),
            ReadyReplicas = pool.Pods.Count(pod => pod.Ready),
            Vip = new VipStatus { Addresses = [.. pool.VipAddresses.Take(MostAddresses)] },
            Hubs = Hubs(facts),
            Spool = Spool(facts),
            ConfigHash = facts.Resources.Config.Hash,
        };
    }

    private static ImmutableArray<Condition> Conditions(PoolFacts facts, DateTimeOffset now)
    {
        var before = facts.Pool.Status?.Conditions ?? [];
        return
        [
            .. from condition in PoolConditions.All
               let verdict = condition.Check(facts)
               where verdict is not null
               select ConditionList.Of(condition.Type, verdict, facts.Pool.Generation, before, now),
        ];
    }

    private static HubsStatus Hubs(PoolFacts facts)
    {
        var hubs = facts.Pool.SelectedHubs();
        var healthy = hubs.Count(hub => hub.Spec.State == HubAdministrativeState.Active && HubView.Of(hub.Metadata.Name, facts.Pool.Pods).Healthy > 0);
        return new HubsStatus
        {
            Registered = hubs.Length,
            Healthy = healthy,
            Draining = hubs.Count(hub => hub.Spec.State == HubAdministrativeState.Draining),
            Summary = $"{healthy}/{hubs.Length}",
        };
    }

    // A shared database is seen whole by every pod; spools on volumes add up.
    private static SpoolStatus? Spool(PoolFacts facts)
    {
        var pool = facts.Pool;
        if (pool.Pool.Spec.Spool is null)
        {
            return null;
        }

        var spools = pool.Pods.Select(pod => pod.Answer?.Spool).OfType<Gather.SpoolAnswer>().ToArray();
        return new SpoolStatus
        {
            Messages = pool.HasClaims ? spools.Sum(spool => spool.Messages) : spools.Select(spool => spool.Messages).DefaultIfEmpty(0).Max(),
            Bytes = pool.HasClaims ? spools.Sum(spool => spool.Bytes) : spools.Select(spool => spool.Bytes).DefaultIfEmpty(0).Max(),
            OldestTime = spools.Min(spool => spool.OldestTime),
        };
    }
}
