using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// Each pod's part of the limits that a hub has for the whole pool. They are divided by the wanted or the existing pods,
/// whichever are more, so that the sum keeps below the limit while pods come and go.
/// </summary>
public sealed record Shares(int Pods)
{
    public static Shares Of(GatheredPool pool, WorkloadSize size) =>
        new(Math.Max(1, Math.Max(Math.Max(size.Wanted, size.Replicas), Math.Max(pool.Pods.Length, pool.Workload?.Replicas ?? 0))));

    /// <summary>A hub as one pod may use it.</summary>
    public HubConfig Share(HubConfig hub, HubLimitsSpec limits) => limits.Scope == HubLimitScope.PerPod
        ? hub
        : hub with
        {
            Limits = hub.Limits with
            {
                MaxConnections = Part(limits.MaxConnections),
                MessagesPerMinute = limits.MessagesPerMinute == 0 ? 0 : Part(limits.MessagesPerMinute),
            },
        };

    /// <summary>Hubs whose limits are too small to be shared: with one connection each, the pods have more than they may.</summary>
    public ImmutableArray<HubTransport> Overcommitted(GatheredPool pool) =>
    [
        .. pool.SelectedHubs().Where(hub => hub.Spec.Limits is { Scope: HubLimitScope.Pool } limits
            && (Pods > limits.MaxConnections || (limits.MessagesPerMinute > 0 && Pods > limits.MessagesPerMinute))),
    ];

    private int Part(int whole) => Math.Max(1, whole / Pods);
}
