using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Names each pod, and tells in its EndpointSlices in which zone each is.</summary>
internal static class HeadlessService
{
    public static V1Service Pool(GatheredPool pool, OperatorSettings settings)
    {
        List<V1ServicePort> ports = [Port(PoolPorts.AdminName, PoolPorts.Admin)];
        if (pool.HasClaims)
        {
            ports.Add(Port(PoolPorts.HandOverName, PoolPorts.HandOver));
        }

        return new V1Service
        {
            ApiVersion = "v1",
            Kind = "Service",
            Metadata = PoolMetadata.Of(pool, settings, PoolNames.Headless(pool)),
            Spec = new V1ServiceSpec
            {
                Type = "ClusterIP",
                ClusterIP = "None",
                Selector = PoolLabels.Selector(pool),
                Ports = ports,
                IpFamilyPolicy = pool.Pool.Spec.Vip.IpFamilyPolicy.ToString(),
                IpFamilies = pool.Pool.Spec.Vip.IpFamilies.Length == 0 ? null : [.. pool.Pool.Spec.Vip.IpFamilies.Select(family => family.ToString())],
                // A pod that is not ready has a zone, too, and may hold a spool that a peer takes.
                PublishNotReadyAddresses = true,
            },
        };
    }

    private static V1ServicePort Port(string name, int port) => new() { Name = name, Port = port, TargetPort = port, Protocol = "TCP" };
}
