using System.Collections.Immutable;
using k8s;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>What a pool's objects should be, and what was decided on the way there. Pure: the same reading gives the same objects.</summary>
public sealed record PoolResources
{
    /// <summary>
    /// The objects in the order in which they are applied: who the pods are and who may reach them, what they read, their
    /// names and the VIP, the pods, and what watches over them. None, where a deleted pool's spools are empty.
    /// </summary>
    public required ImmutableArray<IKubernetesObject<V1ObjectMeta>> Objects { get; init; }

    /// <summary>How many pods, and which of them leave.</summary>
    public required WorkloadSize Size { get; init; }

    /// <summary>Each pod's part of what the hubs allow the pool.</summary>
    public required Shares Shares { get; init; }

    /// <summary>What the pods are told.</summary>
    public required ConfigRendering Config { get; init; }

    /// <summary>What becomes of the claims of the spools.</summary>
    public required ClaimChanges Claims { get; init; }

    /// <summary>Whether pods are added only when those that run have given up what the new ones get.</summary>
    public required bool WaitsForPods { get; init; }

    /// <summary>Whether what the pool has beyond these objects may be removed: not while a fault may be why something is not among them.</summary>
    public required bool MayPrune { get; init; }

    public static PoolResources For(GatheredPool pool, OperatorSettings settings)
    {
        var size = WorkloadSize.Of(pool);
        var shares = Shares.Of(pool, size);
        var config = ConfigRendering.Of(pool, settings, size, shares);
        var admitted = Admitted(pool, size, config);
        var waits = admitted < size.Replicas;
        size = size with { Replicas = admitted };
        return new PoolResources
        {
            Objects = [.. All(pool, settings, size, config).Where(item => !IsOver(pool, item))],
            Size = size,
            Shares = shares,
            Config = config,
            Claims = ClaimChanges.Of(pool, size),
            WaitsForPods = waits,
            MayPrune = config.Faults.IsEmpty || pool.IsBeingDeleted,
        };
    }

    private static IEnumerable<IKubernetesObject<V1ObjectMeta>> All(
        GatheredPool pool, OperatorSettings settings, WorkloadSize size, ConfigRendering config)
    {
        yield return ServiceAccountOf.Pool(pool, settings);
        yield return RoleOf.Pool(pool, settings);
        yield return RoleBindingOf.Pool(pool, settings);
        if (pool.Pool.Spec.NetworkPolicy.Mode != NetworkPolicyMode.Disabled)
        {
            yield return PoolNetworkPolicy.Pool(pool, settings);
        }

        if (config.Data is { } data)
        {
            yield return ConfigSecret.Pool(pool, settings, config, data);
        }

        yield return HeadlessService.Pool(pool, settings);
        yield return VipService.Pool(pool, settings);
        foreach (var workload in WorkloadOf.Pool(pool, settings, size.Replicas))
        {
            yield return workload;
        }

        yield return DisruptionBudget.Pool(pool, settings);
        // It would raise the replicas of a pool that is on its way out.
        if (pool.Pool.Spec.Autoscaling is { } autoscaling && !pool.IsBeingDeleted)
        {
            yield return Autoscaler.Pool(pool, settings, autoscaling);
        }

        if (PodMonitorOf.Wanted(pool))
        {
            yield return PodMonitorOf.Pool(pool, settings);
        }
    }

    // A deleted pool's objects stay as long as its pods need them: until their spools are empty, or, where those are given
    // up, only what the pods live by and what keeps others from them, until they have ended.
    private static bool IsOver(GatheredPool pool, IKubernetesObject<V1ObjectMeta> item) => pool.IsBeingDeleted && (pool.IsAbandoned
        ? pool.Pods.IsEmpty || item is not (V1ServiceAccount or V1Role or V1RoleBinding or V1NetworkPolicy or V1Secret)
        : pool.Pods.IsEmpty && pool.Claims.IsEmpty);

    // Pods are added when those that run have given up what the new ones get of a hub's limit.
    private static int Admitted(GatheredPool pool, WorkloadSize size, ConfigRendering config)
    {
        if (pool.Workload is not { } existing || size.Replicas <= existing.Replicas
            || pool.SelectedHubs().All(hub => hub.Spec.Limits.Scope == HubLimitScope.PerPod))
        {
            return size.Replicas;
        }

        // The last good configuration has the parts of as many pods as there were.
        return !config.IsLastGood && pool.Pods.All(pod => pod.Answer is { } answer ? answer.ConfigHash == config.Hash : pool.WaitForPodsIsOver)
            ? size.Replicas
            : existing.Replicas;
    }
}
