using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using RelayOperator.Api;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
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
    PoolApplier applier,
    PodStatusGatherer answers,
    ClusterClient client,
    EventRecorder events,
    OperatorSettings settings,
    TimeProvider time)
{
    private static readonly TimeSpan CountsEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ObjectKey, PoolFacts> _facts = new();
    private readonly ConcurrentDictionary<ObjectKey, long> _counted = new();

    /// <summary>What was last known of a pool; null for nothing.</summary>
    public PoolFacts? FactsOf(ObjectKey key) => _facts.GetValueOrDefault(key);

    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Pools.Find(key) is not { } seen || seen.Meta.IsBeingDeleted)
        {
            // Its objects go with it: they name it as their owner.
            _facts.TryRemove(key, out _);
            _counted.TryRemove(key, out _);
            return null;
        }

        try
        {
            return seen.Value.Read.Value is null
                ? await RefuseAsync(seen, cancellationToken)
                : await ReconcileAsync(seen, cancellationToken);
        }
        catch (ClusterException e) when (e.IsNotFound
            || (e.Status == HttpStatusCode.Forbidden && e.Message.Contains("being terminated", StringComparison.Ordinal)))
        {
            // The pool or its whole namespace is on its way out.
            return null;
        }
    }

    private async Task<TimeSpan?> ReconcileAsync(Watched<SeenPool> seen, CancellationToken cancellationToken)
    {
        var pool = await gatherer.GatherAsync(seen, cancellationToken);
        var resources = Derive(pool);
        var isPaused = pool.Pool.Metadata.Annotations.GetValueOrDefault(PoolNames.PausedAnnotation) == "true";
        var outcome = isPaused
            ? ApplyOutcome.Complete
            : await applier.ApplyAsync(seen.Meta.Uid, seen.Meta.Namespace, resources.Objects, resources.Config.Faults.IsEmpty, cancellationToken);
        var facts = new PoolFacts(pool, resources, outcome);
        _facts[seen.Meta.Key] = facts;
        foreach (var pod in pool.Pods.Where(pod => !pod.Terminating && pod.Answer?.ConfigHash != resources.Config.Hash))
        {
            answers.Ask(seen.Meta.Key with { Name = pod.Name }, AskAgain);
        }

        var wait = await WriteAsync(seen, PoolStatusOf.Pool(facts, time.GetUtcNow()), cancellationToken);
        return outcome.Errors.IsEmpty && outcome.Conflicts.IsEmpty ? wait : CountsEvery;
    }

    private PoolResources Derive(GatheredPool pool)
    {
        using var step = ReconcileTrace.Step("derive");
        return PoolResources.For(pool, settings);
    }

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
            && _counted.TryGetValue(seen.Meta.Key, out var at) && time.GetElapsedTime(at) is var since && since < CountsEvery)
        {
            return CountsEvery - since;
        }

        await client.MergeAsync(
            ResourceKind.RelayPool, seen.Meta.Key, new JsonObject { ["status"] = StatusJson.Node(status) }, cancellationToken, "status");
        _counted[seen.Meta.Key] = time.GetTimestamp();
        await TellAsync(seen.Meta, before?.Conditions ?? [], status.Conditions, cancellationToken);
        return null;
    }

    private static RelayPoolStatus WithoutCounts(RelayPoolStatus status) => status with { Hubs = new(), Spool = null };

    private async Task TellAsync(ObjectMeta pool, ImmutableArray<Condition> before, ImmutableArray<Condition> now, CancellationToken cancellationToken)
    {
        foreach (var condition in now)
        {
            var isBad = condition.Type is "Ready" or "HubsAvailable" or "ConfigApplied" ? condition.Status == ConditionStatus.False : condition.Type is "NameConflict" or "SpoolUnreachable";
            var old = before.FirstOrDefault(known => known.Type == condition.Type);
            var isNews = isBad
                ? old is null || old.Status != condition.Status || old.Reason != condition.Reason
                : old?.Status == ConditionStatus.False && condition is { Type: "Ready" or "HubsAvailable", Status: ConditionStatus.True };
            // A pool that only comes up has nothing to complain about.
            if (isNews && condition.Reason != "Waiting" && !(old is null && condition.Type == "Ready"))
            {
                await events.TellAsync(ResourceKind.RelayPool, pool, condition, isBad, cancellationToken);
            }
        }
    }
}
