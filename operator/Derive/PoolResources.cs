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
    /// names and the VIP, the pods, and what watches over them.
    /// </summary>
    public required ImmutableArray<IKubernetesObject<V1ObjectMeta>> Objects { get; init; }

    /// <summary>How many pods, and which of them leave.</summary>
    public required WorkloadSize Size { get; init; }

    /// <summary>Each pod's part of what the hubs allow the pool.</summary>
    public required Shares Shares { get; init; }

    /// <summary>What the pods are told.</summary>
    public required ConfigRendering Config { get; init; }

    public static PoolResources For(GatheredPool pool, OperatorSettings settings)
    {
        var size = WorkloadSize.Of(pool);
        var shares = Shares.Of(pool, size);
        var config = ConfigRendering.Of(pool, settings, size, shares);
        size = size with { Replicas = Admitted(pool, size, config) };
        return new PoolResources { Objects = [.. All(pool, settings, size, config)], Size = size, Shares = shares, Config = config };
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

    // Pods are added when those that run have given up what the new ones get of a hub's limit.
    private static int Admitted(GatheredPool pool, WorkloadSize size, ConfigRendering config)
    {
        if (pool.Workload is not { } existing || size.Replicas <= existing.Replicas || pool.WaitForPodsIsOver
            || pool.SelectedHubs().All(hub => hub.Spec.Limits.Scope == HubLimitScope.PerPod))
        {
            return size.Replicas;
        }

        return pool.Pods.All(pod => pod.Answer?.ConfigHash == config.Hash) ? size.Replicas : existing.Replicas;
    }
}
