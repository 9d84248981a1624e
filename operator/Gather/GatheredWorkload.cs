using System.Text;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Rollouts;

namespace RelayOperator.Operator.Gather;

/// <summary>The StatefulSet or Deployment of a pool, as it stands.</summary>
public sealed record GatheredWorkload
{
    /// <summary>spec.replicas.</summary>
    public int Replicas { get; init; }

    /// <summary>Pods of the newest template.</summary>
    public int UpdatedReplicas { get; init; }

    /// <summary>Pods of older templates that are still there.</summary>
    public int OldReplicas { get; init; }

    public int ReadyReplicas { get; init; }

    /// <summary>Whether its controller has seen the newest generation.</summary>
    public bool IsObserved { get; init; }

    /// <summary>Storage that a StatefulSet's template asks for in each claim, as a quantity; empty for none.</summary>
    public string ClaimStorage { get; init; } = "";

    /// <summary>The pod template in force as the API server wrote it; null where it was not read.</summary>
    public byte[]? TemplateJson { get; init; }

    /// <summary>The pod template in force, read anew each time: few need it. Null where it was not read.</summary>
    public V1PodTemplateSpec? Template => TemplateJson is { } json ? KubernetesJson.Deserialize<V1PodTemplateSpec>(Encoding.UTF8.GetString(json)) : null;

    /// <summary>What stands on it about its pod template; null for nothing.</summary>
    public RolloutMark? Rollout { get; init; }

    /// <summary>Whether every pod is of the template in force, and ready.</summary>
    public bool IsRolledOut => IsObserved && UpdatedReplicas >= Replicas && OldReplicas == 0 && ReadyReplicas >= Replicas;
}
