using System.Collections.Immutable;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// How many pods a pool should have now, on the way to how many it wants. A claim that is not marked as drained may hold
/// mail, so its pod stays, or comes back; what is marked as drained goes from the highest ordinal down.
/// </summary>
public sealed record WorkloadSize
{
    /// <summary>Pods that the pool wants in the end.</summary>
    public required int Wanted { get; init; }

    /// <summary>Pods that it should have now.</summary>
    public required int Replicas { get; init; }

    /// <summary>Pods that are to be removed, by name; they empty their spools.</summary>
    public ImmutableArray<string> Leaving { get; init; } = [];

    /// <summary>Claims that can be marked as drained: those of the highest ordinals, without a gap.</summary>
    public ImmutableArray<string> ClaimsToMark { get; init; } = [];

    /// <summary>Claims that are wanted again: their mark goes before their pod comes.</summary>
    public ImmutableArray<string> ClaimsToUnmark { get; init; } = [];

    public static WorkloadSize Of(GatheredPool pool)
    {
        var wanted = pool.IsBeingDeleted ? 0 : pool.Pool.Spec.Replicas;
        if (!pool.HasClaims)
        {
            return new WorkloadSize { Wanted = wanted, Replicas = wanted };
        }

        var drained = pool.Claims.Where(claim => claim.IsDrained).Select(claim => claim.Ordinal).ToHashSet();
        var kept = pool.Claims.Select(claim => claim.Ordinal)
            .Concat(pool.Pods.Select(pod => PoolNames.Ordinal(pool, pod.Name) ?? -1))
            .Where(ordinal => !drained.Contains(ordinal))
            .Select(ordinal => ordinal + 1)
            .DefaultIfEmpty(0)
            .Max();
        var marked = pool.Claims.Where(claim => claim.IsDrained && claim.Ordinal < wanted).ToArray();
        // A pod that started on a marked claim would find its mail deleted with it: it waits for the mark to be gone.
        var allowed = marked.Length == 0 ? wanted : marked.Min(claim => claim.Ordinal);
        var replicas = Math.Max(kept, allowed);
        var leaving = Enumerable.Range(wanted, Math.Max(0, replicas - wanted)).Select(ordinal => PoolNames.Pod(pool, ordinal)).ToImmutableArray();
        return new WorkloadSize
        {
            Wanted = wanted,
            Replicas = replicas,
            Leaving = leaving,
            ClaimsToMark = [.. leaving.Reverse().TakeWhile(name => IsDrained(pool, name)).Select(name => $"{PoolNames.Claim}-{name}")],
            ClaimsToUnmark = [.. marked.Select(claim => claim.Name)],
        };
    }

    /// <summary>Whether a leaving pod has said that it may go, in answer to the configuration that told it to leave.</summary>
    public static bool IsDrained(GatheredPool pool, string name) =>
        pool.Pods.FirstOrDefault(pod => pod.Name == name) is { Answer: { Drained: true } answer } pod
        && answer.PodUid == pod.Uid
        && answer.PoolUid == pool.Pool.Metadata.Uid
        && pool.Written is { } written
        && written.Draining.TryGetValue(name, out var since)
        && answer.Sequence >= since;
}
