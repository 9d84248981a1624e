using System.Net;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Removal;

/// <summary>
/// Keeps a pool with spools on volumes from going before they are empty. Contract: the finalizer is on the pool before
/// anything is made that may hold mail, and comes off when nothing of the pool is left; or when its namespace is being
/// deleted, which takes the claims away whatever is in them.
/// </summary>
public sealed partial class PoolFinalizer(ClusterClient client, PoolApplier applier, RemovalMetrics metrics, ILogger logger)
{
    /// <summary>Whether this operator has something to do before the pool may go.</summary>
    public static bool Holds(ObjectMeta pool) => pool.Finalizers.Contains(PoolNames.Finalizer, StringComparer.Ordinal);

    /// <summary>Puts it on the pool.</summary>
    public async Task AddAsync(ObjectMeta pool, CancellationToken cancellationToken)
    {
        if (!Holds(pool))
        {
            await WriteAsync(pool, [.. pool.Finalizers, PoolNames.Finalizer], cancellationToken);
        }
    }

    /// <summary>Lets a deleted pool go at once where its namespace is going, too. No Event can be made there.</summary>
    /// <returns>Whether it was let go.</returns>
    public async Task<bool> LetGoWithNamespaceAsync(ObjectMeta pool, CancellationToken cancellationToken)
    {
        if (await client.GetAsync(ResourceKind.Namespace, new ObjectKey("", pool.Namespace), cancellationToken) is not { } ns || !ObjectMeta.Of(ns).IsBeingDeleted)
        {
            return false;
        }

        GoesWithNamespace(logger, pool.Key);
        await RemoveAsync(pool, cancellationToken);
        metrics.WentWithNamespace();
        return true;
    }

    /// <summary>Takes it off a deleted pool of which nothing is left.</summary>
    public async Task RemoveWhenGoneAsync(ObjectMeta meta, GatheredPool pool, CancellationToken cancellationToken)
    {
        if (!pool.Pods.IsEmpty || (!pool.IsAbandoned && !pool.Claims.IsEmpty) || await applier.HasAnyAsync(meta.Uid, meta.Namespace, cancellationToken))
        {
            return;
        }

        if (pool.IsAbandoned && !pool.Claims.IsEmpty)
        {
            Abandoned(logger, meta.Key, string.Join(", ", pool.Claims.Select(claim => claim.Name)));
            metrics.WasAbandoned();
        }

        await RemoveAsync(meta, cancellationToken);
    }

    private Task RemoveAsync(ObjectMeta pool, CancellationToken cancellationToken) =>
        WriteAsync(pool, [.. pool.Finalizers.Where(finalizer => finalizer != PoolNames.Finalizer)], cancellationToken);

    // The whole list is written: bound to the state that it was read in, nobody else's entry is lost.
    private async Task WriteAsync(ObjectMeta pool, string[] finalizers, CancellationToken cancellationToken)
    {
        try
        {
            await client.MergeAsync(
                ResourceKind.RelayPool,
                pool.Key,
                new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["uid"] = pool.Uid,
                        ["resourceVersion"] = pool.ResourceVersion,
                        ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => (JsonNode)finalizer)]),
                    },
                },
                cancellationToken);
        }
        catch (ClusterException e) when (e.Status == HttpStatusCode.NotFound)
        {
            // Gone already.
        }
    }

    [LoggerMessage(1501, LogLevel.Warning, "RelayPool {Pool} goes with its namespace; mail in its spools is lost with their volumes")]
    private static partial void GoesWithNamespace(ILogger logger, ObjectKey pool);

    [LoggerMessage(1502, LogLevel.Warning, "RelayPool {Pool} was deleted with relayoperator.io/abandon-spool: mail may be left on {Claims}, which are kept")]
    private static partial void Abandoned(ILogger logger, ObjectKey pool, string claims);
}
