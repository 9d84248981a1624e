using System.Collections.Immutable;
using System.Globalization;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// How many pods a pool should have now, on the way to how many it wants. A claim that is not marked as drained may hold
/// mail, so its pod stays, or comes back; what is marked goes from the highest ordinal down. A mark holds only together
/// with the write that told the pod to leave: while both stand, the pod's spool is sealed, whoever starts it.
/// </summary>
public sealed record WorkloadSize
{
    /// <summary>Pods that the pool wants in the end.</summary>
    public required int Wanted { get; init; }

    /// <summary>Pods that it should have now.</summary>
    public required int Replicas { get; init; }

    /// <summary>Pods that are to be removed, by name; they empty their spools.</summary>
    public ImmutableArray<string> Leaving { get; init; } = [];

    /// <summary>
    /// Pods whose spool is to be, or to stay, sealed: those that leave, and those of marked claims. A mark is taken back
    /// before its pod is left out here, so that no spool takes mail that is marked as empty.
    /// </summary>
    public ImmutableArray<string> Draining { get; init; } = [];

    /// <summary>Claims that can be marked as drained: those of the highest ordinals, without a gap.</summary>
    public ImmutableArray<GatheredClaim> ClaimsToMark { get; init; } = [];

    /// <summary>Claims that are wanted again, or whose mark does not hold: it goes before their pod comes.</summary>
    public ImmutableArray<GatheredClaim> ClaimsToUnmark { get; init; } = [];

    /// <summary>Claims of emptied spools that no pod uses and none will.</summary>
    public ImmutableArray<GatheredClaim> ClaimsToDelete { get; init; } = [];

    public static WorkloadSize Of(GatheredPool pool)
    {
        var wanted = pool.IsBeingDeleted ? 0 : pool.Pool.Spec.Replicas;
        if (!pool.HasClaims)
        {
            return new WorkloadSize { Wanted = wanted, Replicas = wanted };
        }

        var marked = pool.Claims.Where(claim => IsMarked(pool, claim)).ToArray();
        var empty = marked.Select(claim => claim.Ordinal).ToHashSet();
        var kept = pool.Claims.Where(claim => !claim.IsBeingDeleted || HasPod(pool, claim)).Select(claim => claim.Ordinal)
            .Concat(pool.Pods.Select(pod => PoolNames.Ordinal(pool, pod.Name) ?? -1))
            .Where(ordinal => !empty.Contains(ordinal))
            .Select(ordinal => ordinal + 1)
            .DefaultIfEmpty(0)
            .Max();
        var replicas = Math.Max(kept, Allowed(pool, wanted));
        var leaving = Enumerable.Range(wanted, Math.Max(0, replicas - wanted)).Select(ordinal => PoolNames.Pod(pool, ordinal)).ToImmutableArray();
        var drained = leaving.Reverse().TakeWhile(name => IsDrained(pool, name)).ToHashSet(StringComparer.Ordinal);
        return new WorkloadSize
        {
            Wanted = wanted,
            Replicas = replicas,
            Leaving = leaving,
            Draining = [.. leaving.Union(marked.Select(claim => PoolNames.Pod(pool, claim.Ordinal)), StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            ClaimsToMark = [.. pool.Claims.Where(claim => !claim.IsBeingDeleted && drained.Contains(PoolNames.Pod(pool, claim.Ordinal)) && !empty.Contains(claim.Ordinal))],
            ClaimsToUnmark =
            [
                .. pool.Claims.Where(claim => claim.DrainToken.Length > 0 && !claim.IsBeingDeleted && (claim.Ordinal < wanted || !empty.Contains(claim.Ordinal))),
            ],
            ClaimsToDelete =
            [
                .. marked.Where(claim => !claim.IsBeingDeleted && claim.Ordinal >= Math.Max(wanted, replicas)
                    && pool.StatefulSet is { } set && set.Replicas <= claim.Ordinal && !HasPod(pool, claim)),
            ],
        };
    }

    /// <summary>Whether a leaving pod has said that it may go, in answer to the configuration that told it to leave.</summary>
    public static bool IsDrained(GatheredPool pool, string name) =>
        pool.Pods.FirstOrDefault(pod => pod.Name == name) is { Answer: { DrainToken: { } token } answer } pod
        && answer.PodUid == pod.Uid
        && answer.PoolUid == pool.Pool.Metadata.Uid
        && ToldIn(pool, name) is { } since
        && token >= since;

    /// <summary>The mark of a claim whose pod has said that it may go.</summary>
    public static string MarkOf(GatheredPool pool, GatheredClaim claim) =>
        ToldIn(pool, PoolNames.Pod(pool, claim.Ordinal))?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static bool IsMarked(GatheredPool pool, GatheredClaim claim) => claim.DrainToken.Length > 0 && claim.DrainToken == MarkOf(pool, claim);

    // Number of the write that first told the pod to leave, where that stands.
    private static long? ToldIn(GatheredPool pool, string name) =>
        pool.Written is { } written && written.Draining.TryGetValue(name, out var since) ? since : null;

    // A pod that starts on a claim that is marked, or on its way out, would find it taken away with its mail: new pods
    // wait for the mark, or the claim, to be gone. One that runs there has a sealed spool and goes on running.
    private static int Allowed(GatheredPool pool, int wanted)
    {
        var barred = pool.Claims.Where(claim => claim.Ordinal < wanted && (claim.DrainToken.Length > 0 || (claim.IsBeingDeleted && !HasPod(pool, claim))))
            .Select(claim => claim.Ordinal).DefaultIfEmpty(wanted).Min();
        return Math.Max(barred, Math.Min(wanted, pool.StatefulSet?.Replicas ?? 0));
    }

    private static bool HasPod(GatheredPool pool, GatheredClaim claim) =>
        pool.Pods.Any(pod => PoolNames.Ordinal(pool, pod.Name) == claim.Ordinal);
}
