using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>Gives Services their cluster addresses and node ports, and keeps what was given.</summary>
internal sealed class ServiceAddresses(ResourceStore store)
{
    private int _nextAddress = 10;
    private int _nextPort = 30000;

    /// <returns>What cannot be given, each as <c>field: message</c>.</returns>
    public IReadOnlyList<string> Allocate(JsonObject target, JsonObject? before)
    {
        if (target["kind"].Text() != "Service" || target["spec"] is not JsonObject spec || spec["type"].Text() == "ExternalName")
        {
            return [];
        }
        // A PUT that leaves out what was given keeps it.
        foreach (var field in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort" })
        {
            if (spec[field] is null && before?["spec"] is JsonObject old && old[field] is { } given)
            {
                spec[field] = given.DeepClone();
            }
        }
        if (spec["clusterIPs"] is null)
        {
            var asked = spec["clusterIP"].Text();
            if (asked is { Length: > 0 } and not "None" && IsTaken(target, asked))
            {
                return [$"spec.clusterIPs: Invalid value: [\"{asked}\"]: failed to allocate IP {asked}: provided IP is already allocated"];
            }
            spec["clusterIP"] = asked is { Length: > 0 } ? asked : $"10.96.{_nextAddress / 250}.{(_nextAddress++ % 250) + 1}";
            spec["clusterIPs"] = new JsonArray(spec["clusterIP"]!.DeepClone());
        }
        spec["clusterIP"] ??= spec["clusterIPs"]![0]!.DeepClone();
        spec["ipFamilies"] ??= new JsonArray("IPv4");
        spec["ipFamilyPolicy"] ??= "SingleStack";
        Ports(spec, before);
        return [];
    }

    private void Ports(JsonObject spec, JsonObject? before)
    {
        var outside = spec["type"].Text() is "LoadBalancer" or "NodePort";
        foreach (var port in spec["ports"].Items())
        {
            if (!outside)
            {
                port.Remove("nodePort");
            }
            else if (port["nodePort"] is null && (spec["type"].Text() == "NodePort" || spec["allocateLoadBalancerNodePorts"].Flag() != false))
            {
                var given = before.At("spec", "ports").Items().FirstOrDefault(old => old["port"].Same(port["port"]) && old["protocol"].Same(port["protocol"]));
                port["nodePort"] = given?["nodePort"]?.DeepClone() ?? _nextPort++;
            }
        }
        if (spec["type"].Text() == "LoadBalancer" && spec["externalTrafficPolicy"].Text() == "Local")
        {
            spec["healthCheckNodePort"] ??= _nextPort++;
        }
        else
        {
            spec.Remove("healthCheckNodePort");
        }
    }

    private bool IsTaken(JsonObject target, string address) => store.List(BuiltInKinds.Service).Objects
        .Any(other => (other.Namespace, other.Name) != (target.Namespace(), target.Name()) && other.Json.At("spec", "clusterIP").Text() == address);
}
