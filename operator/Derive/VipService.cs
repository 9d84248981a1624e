using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The Service that is the pool's one address.</summary>
internal static class VipService
{
    /// <summary>Annotations by which the balancers at hand are asked for an address.</summary>
    private static readonly string[] AddressAnnotations =
        ["metallb.io/loadBalancerIPs", "lbipam.cilium.io/ips", "kube-vip.io/loadbalancerIPs"];

    public static V1Service Pool(GatheredPool pool, OperatorSettings settings)
    {
        var vip = pool.Pool.Spec.Vip;
        var metadata = PoolMetadata.Of(pool, settings);
        metadata.Annotations = Annotations(vip);
        var clusterIPs = vip.Type == VipType.ClusterIP && vip.Addresses.Length > 0 ? vip.Addresses : default;
        return new V1Service
        {
            ApiVersion = "v1",
            Kind = "Service",
            Metadata = metadata,
            Spec = new V1ServiceSpec
            {
                Type = vip.Type.ToString(),
                Selector = PoolLabels.Selector(pool),
                Ports = [.. pool.Pool.Spec.Listeners.Select(listener => Port(listener, vip.Type))],
                ClusterIP = clusterIPs.IsDefault ? null : clusterIPs[0],
                ClusterIPs = clusterIPs.IsDefault ? null : [.. clusterIPs],
                LoadBalancerClass = vip.Type == VipType.LoadBalancer && vip.LoadBalancerClass.Length > 0 ? vip.LoadBalancerClass : null,
                // Refused on a Service that has no traffic from outside.
                ExternalTrafficPolicy = vip.Type == VipType.ClusterIP ? null : vip.PreserveClientIP ? "Local" : "Cluster",
                // Local would turn away clients inside the cluster on every node without a relay; their addresses stay either way.
                InternalTrafficPolicy = "Cluster",
                SessionAffinity = vip.Affinity.ToString(),
                SessionAffinityConfig = vip.Affinity == VipAffinity.None
                    ? null
                    : new V1SessionAffinityConfig { ClientIP = new V1ClientIPConfig { TimeoutSeconds = vip.AffinitySeconds } },
                IpFamilyPolicy = vip.IpFamilyPolicy.ToString(),
                IpFamilies = vip.IpFamilies.Length == 0 ? null : [.. vip.IpFamilies.Select(family => family.ToString())],
                PublishNotReadyAddresses = false,
            },
        };
    }

    private static V1ServicePort Port(ListenerSpec listener, VipType type) => new()
    {
        Name = listener.Name,
        Port = listener.Port,
        // By number: the name of a container's port cannot be every name that a listener may have.
        TargetPort = listener.EffectiveContainerPort(),
        NodePort = type == VipType.ClusterIP ? null : listener.NodePort,
        Protocol = "TCP",
    };

    private static Dictionary<string, string>? Annotations(VipSpec vip)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        if (vip.Type == VipType.LoadBalancer && vip.Addresses.Length > 0)
        {
            foreach (var name in AddressAnnotations)
            {
                annotations[name] = string.Join(',', vip.Addresses);
            }
        }

        foreach (var (key, value) in vip.Annotations)
        {
            annotations[key] = value;
        }

        return annotations.Count == 0 ? null : annotations;
    }
}
