namespace RelayOperator.Operator.Status;

/// <summary>Ready: the VIP has an address and a pod behind it.</summary>
internal static class ReadyCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var (pool, wanted) = (facts.Pool, facts.Resources.Size.Wanted);
        var ready = pool.Pods.Count(pod => pod.Ready);
        if (pool.IsBeingDeleted)
        {
            return Verdict.False("Deleting", $"the pool is being deleted; {Count.Of(pool.Pods.Length, "pod")} left");
        }

        if (wanted == 0)
        {
            return Verdict.False("ScaledToZero", "spec.replicas is 0");
        }

        if (ready == 0)
        {
            return facts.Resources.Config.Data is null
                ? Verdict.False("NoConfiguration", "no pod can start without a configuration; see ConfigApplied")
                : Verdict.False("NoPodReady", $"none of {Count.Of(wanted, "pod")} is ready");
        }

        return pool.VipAddresses.Length == 0
            ? Verdict.False("NoAddress", "the VIP's Service has no address yet; a load balancer has to give it one")
            : Verdict.True("Serving", $"{ready} of {Count.Of(wanted, "pod")} ready behind {string.Join(", ", pool.VipAddresses)}");
    }
}
