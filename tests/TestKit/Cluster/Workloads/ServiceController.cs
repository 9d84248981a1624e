using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>Gives a Service of type LoadBalancer its address, and every Service the EndpointSlice of its pods, with their zones.</summary>
public sealed class ServiceController : ClusterController
{
    private readonly PodIndex _pods;
    private readonly SelectorIndex _selectors = new();
    private int _next;

    internal ServiceController(ClusterState cluster, PodIndex pods) : base(cluster) => _pods = pods;

    /// <summary>Whether a load balancer answers: without one, Services wait for an address as in a cluster that has none.</summary>
    public bool HasLoadBalancer { get; set; } = true;

    protected override IEnumerable<ObjectAddress> Affected(ResourceKind kind, ResourceEvent change)
    {
        if (kind == BuiltInKinds.Service)
        {
            var address = new ObjectAddress(kind, change.After!.Namespace, change.After.Name);
            _selectors.Note(address, change.Deleted ? null : change.After.Json.At("spec", "selector"));
            return [address];
        }
        return kind == BuiltInKinds.Pod ? [.. _selectors.Candidates(change.After!)] : [];
    }

    protected override void Reconcile(ObjectAddress address)
    {
        if (Cluster.Get(address.Kind, address.Namespace, address.Name) is not { } service || service.IsLeaving())
        {
            return;
        }
        Balance(address, service);
        if (service.At("spec", "selector") is JsonObject { Count: > 0 } selector)
        {
            WriteSlice(service, _pods.Find(address.Namespace, selector));
        }
    }

    private void Balance(ObjectAddress address, JsonObject service)
    {
        var isBalanced = service.At("spec", "type").Text() == "LoadBalancer";
        var has = service.At("status", "loadBalancer", "ingress") is not null;
        if (isBalanced && !has && HasLoadBalancer)
        {
            var ip = service.At("spec", "loadBalancerIP").Text() ?? $"192.0.2.{(_next++ % 250) + 1}";
            Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status =>
                status["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray(new JsonObject { ["ip"] = ip, ["ipMode"] = "VIP" }) });
        }
        else if (!isBalanced && has)
        {
            Cluster.UpdateStatus(address.Kind, address.Namespace, address.Name, status => status["loadBalancer"] = new JsonObject());
        }
    }

    private void WriteSlice(JsonObject service, IReadOnlyList<JsonObject> pods)
    {
        var name = $"{service.Name()}-{service.Uid()[..5]}";
        var slice = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = service.Namespace(),
                ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = service.Name(), ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io" },
                ["ownerReferences"] = new JsonArray(Ownership.Reference(BuiltInKinds.Service, service)),
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray([.. pods.Where(pod => pod.At("status", "podIP") is not null).Select(pod => (JsonNode)Endpoint(service, pod))]),
            ["ports"] = new JsonArray([.. service.At("spec", "ports").Items().Select(port => (JsonNode)Port(port, pods))]),
        };
        if (Cluster.Get(BuiltInKinds.EndpointSlice, service.Namespace(), name) is null)
        {
            Cluster.Create(BuiltInKinds.EndpointSlice, slice);
        }
        else
        {
            Cluster.Update(BuiltInKinds.EndpointSlice, service.Namespace(), name, target =>
            {
                target["endpoints"] = slice["endpoints"]!.DeepClone();
                target["ports"] = slice["ports"]!.DeepClone();
            });
        }
    }

    private JsonObject Endpoint(JsonObject service, JsonObject pod)
    {
        // A pod that leaves still serves until its probe fails.
        var serving = Conditions.Holds(pod, "Ready");
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(pod.At("status", "podIP")!.DeepClone()),
            ["conditions"] = new JsonObject
            {
                ["ready"] = (serving && !pod.IsLeaving()) || service.At("spec", "publishNotReadyAddresses").Flag() == true,
                ["serving"] = serving,
                ["terminating"] = pod.IsLeaving(),
            },
            ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = pod.Namespace(), ["name"] = pod.Name(), ["uid"] = pod.Uid() },
        };
        if (pod.At("spec", "nodeName").Text() is { } node)
        {
            endpoint["nodeName"] = node;
            endpoint.Put("zone", Cluster.Get(BuiltInKinds.Node, "", node)?.Label("topology.kubernetes.io/zone"));
        }
        return endpoint;
    }

    /// <summary>A port by name is looked up in the pods' containers.</summary>
    private static JsonObject Port(JsonObject port, IReadOnlyList<JsonObject> pods)
    {
        var number = port["targetPort"].Text() is { } named
            ? pods.SelectMany(pod => pod.At("spec", "containers").Items()).SelectMany(container => container["ports"].Items()).FirstOrDefault(p => p["name"].Text() == named)?["containerPort"]
            : port["targetPort"] ?? port["port"];
        return new JsonObject { ["name"] = port["name"]?.DeepClone() ?? "", ["protocol"] = port["protocol"]?.DeepClone(), ["port"] = number?.DeepClone() };
    }
}
