using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using RelayOperator.Api;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Removal;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Reconciling;

/// <summary>
/// Brings one pool to what it should be: gather, derive, apply, prune, status. Contract: knows nothing from one time to the
/// next but what saves writes; what is wrong with a pool stands in its conditions.
/// </summary>
public sealed class PoolReconciler(
    ClusterView view,
    PoolGatherer gatherer,
    RolloutGate rollouts,
    PoolApplier applier,
    ClaimWriter claims,
    PoolFinalizer finalizer,
    PodStatusGatherer answers,
    ClusterClient client,
    EventRecorder events,
    OperatorSettings settings,
    TimeSpan countsEvery,
    TimeProvider time)
{
    private static readonly TimeSpan PendingEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PodsAreWaitedFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ObjectKey, PoolHubs> _hubs = new();
    private readonly ConcurrentDictionary<ObjectKey, long> _counted = new();
    private readonly WrittenStatuses<RelayPoolStatus> _statuses = new();
    private readonly ConcurrentDictionary<ObjectKey, long> _waitingForPods = new();

    /// <summary>A hub has to be looked at: what a pool says of it, or said, is new.</summary>
    public event Action<ObjectKey>? HubConcerned;

    /// <summary>What a pool last said of its hubs; null where nothing is known of it.</summary>
    public PoolHubs? HubsOf(ObjectKey key) => _hubs.GetValueOrDefault(key);

    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Pools.Find(key) is not { } seen || (seen.Meta.IsBeingDeleted && !PoolFinalizer.Holds(seen.Meta)))
        {
            // Its objects go with it: they name it as their owner.
            Say(key, null);
            _counted.TryRemove(key, out _);
            _statuses.Forget(key);
            _waitingForPods.TryRemove(key, out _);
            return null;
        }

        seen = seen with { Value = seen.Value with { Status = _statuses.Newest(seen.Meta, seen.Value.Status) } };
        try
        {
            if (seen.Meta.IsBeingDeleted && await finalizer.LetGoWithNamespaceAsync(seen.Meta, cancellationToken))
            {
                return null;
            }

            var mayServe = seen.Value.Read.Value is not null || (seen.Meta.IsBeingDeleted && seen.Value.Read.Faulty is not null);
            return !mayServe
                ? await RefuseAsync(seen, cancellationToken)
                : await ReconcileAsync(seen, cancellationToken);
        }
        catch (ClusterException e) when (e.IsNotFound || e.IsOfLeavingNamespace)
        {
            // The pool or its whole namespace is on its way out.
            return null;
        }
    }

    private async Task<TimeSpan?> ReconcileAsync(Watched<SeenPool> seen, CancellationToken cancellationToken)
    {
        var gathered = rollouts.Admit(await gatherer.GatherAsync(seen, cancellationToken));
        var (pool, resources, wait) = Derive(seen.Meta.Key, gathered);
        var outcome = pool.IsPaused ? ApplyOutcome.Complete : await ApplyAsync(seen.Meta, pool, resources, cancellationToken);
        var facts = new PoolFacts(pool, resources, outcome);
        Say(seen.Meta.Key, PoolHubs.Of(facts));
        foreach (var pod in pool.Pods.Where(pod => !pod.Terminating && (pod.Answer is not { } answer || answer.Sequence < resources.Config.Sequence)))
        {
            answers.Expect(seen.Meta.Key with { Name = pod.Name }, resources.Config.Sequence);
        }

        if (pool.IsBeingDeleted && resources.Objects.IsEmpty)
        {
            await finalizer.RemoveWhenGoneAsync(seen.Meta, pool, cancellationToken);
            return PendingEvery;
        }

        var later = await WriteAsync(seen, PoolStatusOf.Pool(facts, time.GetUtcNow()), cancellationToken);
        return Soonest(wait, Soonest(later, outcome.IsPending ? PendingEvery : outcome.Errors.IsEmpty && outcome.Conflicts.IsEmpty ? null : countsEvery));
    }

    private void Say(ObjectKey pool, PoolHubs? now)
    {
        var before = _hubs.GetValueOrDefault(pool, PoolHubs.None);
        if (now is null)
        {
            _hubs.TryRemove(pool, out _);
        }
        else
        {
            _hubs[pool] = now;
        }

        if (!before.SaysTheSameAs(now ?? PoolHubs.None))
        {
            foreach (var hub in before.Selected.Union(now?.Selected ?? []))
            {
                HubConcerned?.Invoke(pool with { Name = hub });
            }
        }
    }

    // Pods that do not answer are waited for until it is over, from when they were first waited for on.
    private (GatheredPool Pool, PoolResources Resources, TimeSpan? Wait) Derive(ObjectKey key, GatheredPool pool)
    {
        using var step = ReconcileTrace.Step("derive");
        var resources = PoolResources.For(pool, settings);
        if (!resources.WaitsForPods)
        {
            _waitingForPods.TryRemove(key, out _);
            return (pool, resources, null);
        }

        var left = PodsAreWaitedFor - time.GetElapsedTime(_waitingForPods.GetOrAdd(key, _ => time.GetTimestamp()));
        if (left > TimeSpan.Zero)
        {
            return (pool, resources, left);
        }

        pool = pool with { WaitForPodsIsOver = true };
        return (pool, PoolResources.For(pool, settings), null);
    }

    private async Task<ApplyOutcome> ApplyAsync(ObjectMeta meta, GatheredPool pool, PoolResources resources, CancellationToken cancellationToken)
    {
        if (pool.HasClaims && !pool.IsBeingDeleted)
        {
            await finalizer.AddAsync(meta, cancellationToken);
        }

        if (pool.IsAbandoned && pool.IsBeingDeleted)
        {
            return await applier.ApplyAsync(meta.Uid, meta.Namespace, resources, cancellationToken);
        }

        await claims.UnmarkAsync(meta.Namespace, resources.Claims, cancellationToken);
        var outcome = await applier.ApplyAsync(meta.Uid, meta.Namespace, resources, cancellationToken);
        var (deleted, refused) = await claims.WriteAsync(meta.Key, resources.Claims, cancellationToken);
        foreach (var claim in deleted)
        {
            await events.TellAsync(ResourceKind.RelayPool, meta, "SpoolRemoved", $"{claim} was deleted: its spool was emptied and its pod is gone", isWarning: false, cancellationToken);
        }

        return outcome with { Errors = [.. outcome.Errors, .. refused] };
    }

    private static TimeSpan? Soonest(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;

    // What cannot be read changes nothing: the pods go on with what they have.
    private async Task<TimeSpan?> RefuseAsync(Watched<SeenPool> seen, CancellationToken cancellationToken)
    {
        var before = seen.Value.Status ?? new RelayPoolStatus();
        var message = string.Join("; ", seen.Value.Read.Faults);
        var condition = ConditionList.Of("ConfigApplied", Verdict.False("Faults", message), seen.Meta.Generation, before.Conditions, time.GetUtcNow());
        ImmutableArray<Condition> conditions = [.. before.Conditions.Where(known => known.Type != condition.Type), condition];
        return await WriteAsync(seen, before with { ObservedGeneration = seen.Meta.Generation, Conditions = conditions }, cancellationToken);
    }

    // Conditions at once; what only counts, every so often.
    private async Task<TimeSpan?> WriteAsync(Watched<SeenPool> seen, RelayPoolStatus status, CancellationToken cancellationToken)
    {
        var before = seen.Value.Status;
        if (before is not null && StatusJson.Text(before) == StatusJson.Text(status))
        {
            return null;
        }

        if (before is not null && StatusJson.Text(WithoutCounts(before)) == StatusJson.Text(WithoutCounts(status))
            && _counted.TryGetValue(seen.Meta.Key, out var at) && time.GetElapsedTime(at) is var since && since < countsEvery)
        {
            return countsEvery - since;
        }

        _statuses.Wrote(await client.MergeAsync(
            ResourceKind.RelayPool, seen.Meta.Key, new JsonObject { ["status"] = StatusJson.Node(status) }, cancellationToken, "status"));
        _counted[seen.Meta.Key] = time.GetTimestamp();
        await TellAsync(seen.Meta, before?.Conditions ?? [], status.Conditions, cancellationToken);
        return null;
    }

    private static RelayPoolStatus WithoutCounts(RelayPoolStatus status) => status with { Hubs = new(), Spool = null };

    private async Task TellAsync(ObjectMeta pool, ImmutableArray<Condition> before, ImmutableArray<Condition> now, CancellationToken cancellationToken)
    {
        foreach (var condition in now)
        {
            var isBad = condition.Type is "Ready" or "HubsAvailable" or "ConfigApplied" ? condition.Status == ConditionStatus.False : condition is { Type: "NameConflict" or "SpoolUnreachable" } or { Type: "Progressing", Reason: "RolloutFailed" };
            var old = before.FirstOrDefault(known => known.Type == condition.Type);
            var isNews = isBad
                ? old is null || old.Status != condition.Status || old.Reason != condition.Reason
                : (old?.Status == ConditionStatus.False && condition is { Type: "Ready" or "HubsAvailable", Status: ConditionStatus.True })
                    || (condition.Type == "Drained" && old?.Reason != condition.Reason);
            // A pool that only comes up has nothing to complain about.
            if (isNews && condition.Reason != "Waiting" && !(old is null && condition.Type == "Ready"))
            {
                await events.TellAsync(ResourceKind.RelayPool, pool, condition.Reason, $"{condition.Type}={condition.Status}: {condition.Message}", isBad, cancellationToken);
            }
        }
    }
}
