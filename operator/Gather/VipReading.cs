using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Gather;

/// <summary>Where a Service is reached.</summary>
internal static class VipReading
{
    /// <summary>The load balancer's addresses and names, or the cluster's own.</summary>
    public static ImmutableArray<string> Addresses(JsonElement service)
    {
        var ingress = JsonFields.Items(JsonFields.Part(JsonFields.Part(service, "status"), "loadBalancer"), "ingress")
            .Select(entry => JsonFields.Text(entry, "ip") is { Length: > 0 } ip ? ip : JsonFields.Text(entry, "hostname"))
            .Where(address => address.Length > 0).ToImmutableArray();
        var spec = JsonFields.Part(service, "spec");
        return JsonFields.Text(spec, "type") == "LoadBalancer"
            ? ingress
            : [.. JsonFields.Items(spec, "clusterIPs").Select(address => address.GetString()!).Where(address => address is not ("" or "None"))];
    }
}
