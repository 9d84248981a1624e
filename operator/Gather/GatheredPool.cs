using System.Collections.Immutable;
using System.Net;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Rollouts;

namespace RelayOperator.Operator.Gather;

/// <summary>
/// Everything that was read about one pool, at one moment. What the pool's objects should be and what its status says
/// follow from this record and the operator's settings alone.
/// </summary>
public sealed record GatheredPool
{
    /// <summary>The pool, with the uid, labels and annotations of its metadata.</summary>
    public required RelayPool Pool { get; init; }

    /// <summary>What is wrong with the pool itself; only one that is being deleted is gathered with faults.</summary>
    public ImmutableArray<string> Faults { get; init; } = [];

    /// <summary>metadata.generation.</summary>
    public long Generation { get; init; }

    /// <summary>metadata.resourceVersion.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Whether the pool's deletion was asked for; its finalizer keeps it until its spools are empty.</summary>
    public bool IsBeingDeleted { get; init; }

    /// <summary>Whether a deleted pool is to go at once, with its mail left on its claims.</summary>
    public bool IsAbandoned { get; init; }

    public ImmutableArray<string> Finalizers { get; init; } = [];

    /// <summary>The status that stands on the pool; null for none yet.</summary>
    public RelayPoolStatus? Status { get; init; }

    /// <summary>HubTransports of the pool's namespace: those that it selects, and perhaps more.</summary>
    public ImmutableArray<HubTransport> Hubs { get; init; } = [];

    /// <summary>The Secrets that the pool and its hubs refer to, as far as they exist.</summary>
    public ImmutableArray<GatheredSecret> Secrets { get; init; } = [];

    /// <summary>What was last written for the pods; null for nothing yet.</summary>
    public WrittenConfig? Written { get; init; }

    /// <summary>By which the pods know each other; null where none keeps a spool of its own.</summary>
    public HandOverKey? HandOverKey { get; init; }

    /// <summary>The StatefulSet of the pool's name; null for none.</summary>
    public GatheredWorkload? StatefulSet { get; init; }

    /// <summary>The Deployment of the pool's name; null for none.</summary>
    public GatheredWorkload? Deployment { get; init; }

    /// <summary>The pods that exist, those that are ending too.</summary>
    public ImmutableArray<GatheredPod> Pods { get; init; } = [];

    /// <summary>The claims of the spools.</summary>
    public ImmutableArray<GatheredClaim> Claims { get; init; } = [];

    /// <summary>Addresses and names of the VIP's Service: those of its load balancer, or its cluster IPs.</summary>
    public ImmutableArray<string> VipAddresses { get; init; } = [];

    /// <summary>Addresses of the cluster's nodes, as far as the operator may read them.</summary>
    public ImmutableArray<IPAddress> NodeAddresses { get; init; } = [];

    /// <summary>Networks of the pods of single nodes, as far as the operator may read them.</summary>
    public ImmutableArray<IPNetwork> PodNetworks { get; init; } = [];

    /// <summary>Whether the cluster knows PodMonitors.</summary>
    public bool PodMonitorsServed { get; init; }

    /// <summary>Whether a new pod template has to wait for its turn among the pools.</summary>
    public RolloutTurn Rollout { get; init; } = RolloutTurn.Now;

    /// <summary>Whether pods that do not answer have been waited for long enough before others are added.</summary>
    public bool WaitForPodsIsOver { get; init; }

    /// <summary>Whether each pod keeps its spool on a volume of its own.</summary>
    public bool HasClaims => Pool.Spec.Spool?.Storage is not null;

    /// <summary>Whether nothing of the pool is to be changed.</summary>
    public bool IsPaused => Pool.Metadata.Annotations.GetValueOrDefault(PoolNames.PausedAnnotation) == "true";

    /// <summary>The workload that the pool's spool asks for; null while it does not exist.</summary>
    public GatheredWorkload? Workload => HasClaims ? StatefulSet : Deployment;

    /// <summary>The hubs that some route of the pool uses, once each, by name.</summary>
    public ImmutableArray<HubTransport> SelectedHubs() =>
        [.. Hubs.Where(hub => Pool.Selects(hub.Metadata.Labels)).OrderBy(hub => hub.Metadata.Name, StringComparer.Ordinal)];
}
