using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>The Service that is the pool's one address.</summary>
public sealed record VipSpec
{
    /// <summary>Type of the Service.</summary>
    public VipType Type { get; init; } = VipType.LoadBalancer;

    /// <summary>Addresses asked for: by the balancer's own annotations (MetalLB, Cilium, kube-vip), or as cluster IPs. Two are one of each IP family. Empty: the cluster chooses.</summary>
    [Items(0, 2), Text(TextFormat.Address, 45), Set]
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Class of the balancer; for type LoadBalancer only. Empty: the cluster's default.</summary>
    [Text(TextFormat.Any, 253)]
    public string LoadBalancerClass { get; init; } = "";

    /// <summary>How many IP families the Service asks for.</summary>
    public IPFamilyPolicy IpFamilyPolicy { get; init; } = IPFamilyPolicy.SingleStack;

    /// <summary>The families asked for, the first one first. Empty: the cluster chooses.</summary>
    [Items(0, 2), Set]
    public ImmutableArray<IPFamily> IpFamilies { get; init; } = [];

    /// <summary>Networks from which a balancer checks the listeners: admitted, never relayed for.</summary>
    [Items(0, 64), Text(TextFormat.Cidr, 49), Set]
    public ImmutableArray<string> HealthCheckCIDRs { get; init; } = [];

    /// <summary>Whether a client keeps coming to the same pod.</summary>
    public VipAffinity Affinity { get; init; } = VipAffinity.None;

    /// <summary>Seconds that affinity ClientIP lasts.</summary>
    [Bounds(1, 86400)]
    public int AffinitySeconds { get; init; } = 10800;

    /// <summary>Keeps the client's address (externalTrafficPolicy Local), for LoadBalancer and NodePort. Access rules need it.</summary>
    public bool PreserveClientIP { get; init; } = true;

    /// <summary>Seconds that a leaving pod still accepts, so that the VIP can forget it. Below template.terminationGracePeriodSeconds.</summary>
    [Bounds(0, 3600)]
    public int DrainSeconds { get; init; } = 30;

    /// <summary>Annotations of the Service.</summary>
    [Items(0, 64), Text(TextFormat.Any, 4096)]
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = Maps.Empty;
}

/// <summary>The pool's NetworkPolicy.</summary>
public sealed record NetworkPolicySpec
{
    /// <summary>Which directions are restricted; Disabled makes no NetworkPolicy.</summary>
    public NetworkPolicyMode Mode { get; init; } = NetworkPolicyMode.Ingress;

    /// <summary>Further ingress rules, as Kubernetes has them (NetworkPolicyIngressRule).</summary>
    [Items(0, 32)]
    public ImmutableArray<JsonElement> ExtraIngress { get; init; } = [];

    /// <summary>Further egress rules, as Kubernetes has them (NetworkPolicyEgressRule).</summary>
    [Items(0, 32)]
    public ImmutableArray<JsonElement> ExtraEgress { get; init; } = [];
}

/// <summary>The PodMonitor of the Prometheus operator.</summary>
public sealed record PodMonitorSpec
{
    /// <summary>Auto and Enabled make one where its CRD exists, which may come later; Enabled says so in a condition where it does not.</summary>
    public PodMonitorMode Mode { get; init; } = PodMonitorMode.Auto;

    /// <summary>Labels of the PodMonitor, as the Prometheus at hand selects them.</summary>
    [Items(0, 64), Text(TextFormat.Any, 63)]
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Maps.Empty;
}
