namespace RelayOperator.Operator.Status;

/// <summary>Progressing: pods are being made, replaced or removed, or wait for it.</summary>
internal static class ProgressingCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var (pool, size) = (facts.Pool, facts.Resources.Size);
        if (facts.Applied.Errors.Length > 0)
        {
            return Verdict.False("ApplyFailed", string.Join("; ", facts.Applied.Errors));
        }

        if (pool.IsBeingDeleted)
        {
            return Verdict.True("Deleting", "the pods leave, then the pool's objects go");
        }

        if (pool.Workload is not { } workload)
        {
            return Verdict.True("Creating", "the pods are being made");
        }

        if (size.Leaving.Length > 0)
        {
            return Verdict.True("Draining", $"{Count.Of(size.Leaving.Length, "pod")} to be removed: {string.Join(", ", size.Leaving)}");
        }

        if (!workload.IsObserved || workload.Replicas != size.Wanted || pool.Pods.Any(pod => pod.Terminating))
        {
            return Verdict.True("Scaling", $"{pool.Pods.Length} of {Count.Of(size.Wanted, "pod")} exist");
        }

        if (pool.Rollout.HasFailed)
        {
            return Verdict.False(
                "RolloutFailed",
                $"an upgrade of the operator began to replace the pods and comes no further: {workload.UpdatedReplicas} of {Count.Of(workload.Replicas, "pod")} with the newest template, {workload.ReadyReplicas} ready; see what the newest pod tells");
        }

        if (workload.UpdatedReplicas < workload.Replicas)
        {
            return Verdict.True("RollingOut", $"{workload.UpdatedReplicas} of {Count.Of(workload.Replicas, "pod")} have the newest template");
        }

        if (workload.ReadyReplicas < workload.Replicas)
        {
            return Verdict.True("Starting", $"{workload.ReadyReplicas} of {Count.Of(workload.Replicas, "pod")} ready");
        }

        return !pool.Rollout.IsHeld || pool.IsPaused
            ? Verdict.False("Settled", $"{Count.Of(workload.Replicas, "pod")} as wanted")
            : pool.Rollout.HaltedBy.IsEmpty
                ? Verdict.True("RolloutHeld", "a new pod template waits until other pools have theirs")
                : Verdict.True("RolloutHalted", Halted(string.Join(", ", pool.Rollout.HaltedBy)));
    }

    private static string Halted(string pools) =>
        $"no pool gets a new pod template any more: {pools} were ready before theirs and are not since; mend them, go back to the operator's version before, or restart the operator to go on";
}
