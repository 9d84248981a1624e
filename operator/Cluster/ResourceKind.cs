namespace RelayOperator.Operator.Cluster;

/// <summary>A kind of object, and where the API server keeps it.</summary>
/// <param name="Group">API group; "" for the core one.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">The resource's name in paths.</param>
/// <param name="Kind">The kind's name in objects.</param>
/// <param name="IsNamespaced">Whether its objects live in namespaces.</param>
/// <param name="MayBeAbsent">Whether there are clusters that do without it, and whose users may add and remove it.</param>
public sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool IsNamespaced = true, bool MayBeAbsent = false)
{
    public static ResourceKind RelayPool { get; } = new("relayoperator.io", "v1beta1", "relaypools", "RelayPool");

    public static ResourceKind HubTransport { get; } = new("relayoperator.io", "v1beta1", "hubtransports", "HubTransport");

    public static ResourceKind Secret { get; } = new("", "v1", "secrets", "Secret");

    public static ResourceKind Service { get; } = new("", "v1", "services", "Service");

    public static ResourceKind ServiceAccount { get; } = new("", "v1", "serviceaccounts", "ServiceAccount");

    public static ResourceKind Pod { get; } = new("", "v1", "pods", "Pod");

    public static ResourceKind Node { get; } = new("", "v1", "nodes", "Node", IsNamespaced: false);

    public static ResourceKind Namespace { get; } = new("", "v1", "namespaces", "Namespace", IsNamespaced: false);

    public static ResourceKind PersistentVolumeClaim { get; } = new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim");

    public static ResourceKind StatefulSet { get; } = new("apps", "v1", "statefulsets", "StatefulSet");

    public static ResourceKind Deployment { get; } = new("apps", "v1", "deployments", "Deployment");

    public static ResourceKind Role { get; } = new("rbac.authorization.k8s.io", "v1", "roles", "Role");

    public static ResourceKind RoleBinding { get; } = new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding");

    public static ResourceKind PodDisruptionBudget { get; } = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget");

    public static ResourceKind HorizontalPodAutoscaler { get; } = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");

    public static ResourceKind NetworkPolicy { get; } = new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy");

    public static ResourceKind EndpointSlice { get; } = new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice");

    public static ResourceKind Lease { get; } = new("coordination.k8s.io", "v1", "leases", "Lease");

    public static ResourceKind Event { get; } = new("events.k8s.io", "v1", "events", "Event");

    public static ResourceKind PodMonitor { get; } = new("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor", MayBeAbsent: true);

    /// <summary>Group and version as objects name them.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of one object, of all objects of a namespace ("" for all namespaces), or of a subresource.</summary>
    public string Path(string ns, string name = "", string subresource = "")
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        var within = ns.Length == 0 ? "" : $"namespaces/{Uri.EscapeDataString(ns)}/";
        var one = name.Length == 0 ? "" : $"/{Uri.EscapeDataString(name)}";
        return $"{root}/{within}{Plural}{one}{(subresource.Length == 0 ? "" : "/" + subresource)}";
    }
}
