using System.Collections.Immutable;
using System.Text.Json;

namespace RelayOperator.Operator.Gather;

/// <summary>Where a Service is reached.</summary>
internal static class VipReading
{
    /// <summary>The load balancer's addresses and names, or the cluster's own.</summary>
    public static ImmutableArray<string> Addresses(JsonElement service)
    {
        var ingress = PodReading.Items(PodReading.Part(PodReading.Part(service, "status"), "loadBalancer"), "ingress")
            .Select(entry => PodReading.Text(entry, "ip") is { Length: > 0 } ip ? ip : PodReading.Text(entry, "hostname"))
            .Where(address => address.Length > 0).ToImmutableArray();
        var spec = PodReading.Part(service, "spec");
        return PodReading.Text(spec, "type") == "LoadBalancer"
            ? ingress
            : [.. PodReading.Items(spec, "clusterIPs").Select(address => address.GetString()!).Where(address => address is not ("" or "None"))];
    }
}
