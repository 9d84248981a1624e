using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Rollouts;

/// <summary>What one pool, as it was read, says about its pod template.</summary>
public sealed record RolloutReading
{
    /// <summary>The template that the pool should have.</summary>
    public required TemplateVersion Derived { get; init; }

    public required RolloutCause Cause { get; init; }

    /// <summary>What stands on the workload; null for nothing.</summary>
    public RolloutMark? Mark { get; init; }

    /// <summary>Whether its pods may be replaced at all: not while it is paused or being deleted.</summary>
    public bool MayRoll { get; init; } = true;

    /// <summary>Whether all of its pods are ready.</summary>
    public bool IsReady { get; init; }

    /// <summary>Whether all of its pods are of the template in force, and ready.</summary>
    public bool IsRolledOut { get; init; }

    /// <summary>When its newest pod was made.</summary>
    public DateTimeOffset LastStep { get; init; }

    /// <summary>How long a pod may take to leave before the next one comes; zero where the next one comes first.</summary>
    public TimeSpan Grace { get; init; }

    public static RolloutReading Of(GatheredPool pool, TemplateVersion derived)
    {
        var workload = pool.Workload;
        return new RolloutReading
        {
            Derived = derived,
            Cause = workload is null ? RolloutCause.None : CauseOf(workload.Rollout, derived),
            Mark = workload?.Rollout,
            MayRoll = !pool.IsPaused && !pool.IsBeingDeleted,
            // Seen by its controller or not: what stands in an annotation counts as a change of a Deployment, for a moment.
            IsReady = workload is not null && workload.ReadyReplicas >= workload.Replicas,
            IsRolledOut = workload?.IsRolledOut ?? false,
            LastStep = pool.Pods.Select(pod => pod.Created).DefaultIfEmpty(DateTimeOffset.MinValue).Max(),
            Grace = pool.HasClaims ? TimeSpan.FromSeconds(pool.Pool.Spec.Template.TerminationGracePeriodSeconds) : TimeSpan.Zero,
        };
    }

    // Two templates by one origin differ because of the pool. Where the one in force is by another, that can still be told
    // from the one that waits: it is by this origin, from before the change.
    private static RolloutCause CauseOf(RolloutMark? mark, TemplateVersion derived)
    {
        if (mark?.InForce?.Hash == derived.Hash)
        {
            return RolloutCause.None;
        }

        var isPools = mark?.InForce?.Origin == derived.Origin
            || (mark?.Waiting is { } waiting && waiting.Origin == derived.Origin && waiting.Hash != derived.Hash);
        return isPools ? RolloutCause.Pool : RolloutCause.Upgrade;
    }
}
