namespace RelayOperator.TestKit.Cluster.Kinds;

/// <summary>The kinds that every cluster has and an operator meets.</summary>
public static class BuiltInKinds
{
    private static readonly ScalePaths Workload = new(["spec", "replicas"], ["status", "replicas"], ["spec", "selector"]);

    public static readonly ResourceKind Namespace = new("", "v1", "Namespace", "namespaces", false) { HasStatus = true, ShortNames = ["ns"] };
    public static readonly ResourceKind Node = new("", "v1", "Node", "nodes", false) { HasStatus = true, ShortNames = ["no"] };
    public static readonly ResourceKind Pod = new("", "v1", "Pod", "pods", true) { HasStatus = true, ReturnsDeleted = true, ShortNames = ["po"] };
    public static readonly ResourceKind Service = new("", "v1", "Service", "services", true) { HasStatus = true, ReturnsDeleted = true, ShortNames = ["svc"] };
    public static readonly ResourceKind Secret = new("", "v1", "Secret", "secrets", true);
    public static readonly ResourceKind ConfigMap = new("", "v1", "ConfigMap", "configmaps", true) { ShortNames = ["cm"] };
    public static readonly ResourceKind ServiceAccount = new("", "v1", "ServiceAccount", "serviceaccounts", true) { ReturnsDeleted = true, ShortNames = ["sa"] };
    public static readonly ResourceKind CoreEvent = new("", "v1", "Event", "events", true) { ShortNames = ["ev"] };
    public static readonly ResourceKind Endpoints = new("", "v1", "Endpoints", "endpoints", true) { ShortNames = ["ep"] };
    public static readonly ResourceKind Claim = new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true) { HasStatus = true, ReturnsDeleted = true, ShortNames = ["pvc"] };
    public static readonly ResourceKind Deployment = new("apps", "v1", "Deployment", "deployments", true) { HasStatus = true, Scale = Workload, CountsGenerations = true, ShortNames = ["deploy"] };
    public static readonly ResourceKind StatefulSet = new("apps", "v1", "StatefulSet", "statefulsets", true) { HasStatus = true, Scale = Workload, CountsGenerations = true, ShortNames = ["sts"] };
    public static readonly ResourceKind ReplicaSet = new("apps", "v1", "ReplicaSet", "replicasets", true) { HasStatus = true, Scale = Workload, CountsGenerations = true, ShortNames = ["rs"] };
    public static readonly ResourceKind ControllerRevision = new("apps", "v1", "ControllerRevision", "controllerrevisions", true);
    public static readonly ResourceKind Autoscaler = new("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true) { HasStatus = true, ShortNames = ["hpa"] };
    public static readonly ResourceKind DisruptionBudget = new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true) { HasStatus = true, CountsGenerations = true, ShortNames = ["pdb"] };
    public static readonly ResourceKind NetworkPolicy = new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true) { CountsGenerations = true, ShortNames = ["netpol"] };
    public static readonly ResourceKind Role = new("rbac.authorization.k8s.io", "v1", "Role", "roles", true);
    public static readonly ResourceKind RoleBinding = new("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true);
    public static readonly ResourceKind ClusterRole = new("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false);
    public static readonly ResourceKind ClusterRoleBinding = new("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false);
    public static readonly ResourceKind Lease = new("coordination.k8s.io", "v1", "Lease", "leases", true);
    public static readonly ResourceKind EndpointSlice = new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true) { CountsGenerations = true };
    public static readonly ResourceKind Event = new("events.k8s.io", "v1", "Event", "events", true) { ShortNames = ["ev"] };
    public static readonly ResourceKind CustomResourceDefinition = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false) { HasStatus = true, CountsGenerations = true, ShortNames = ["crd", "crds"] };

    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        Namespace, Node, Pod, Service, Secret, ConfigMap, ServiceAccount, CoreEvent, Endpoints, Claim,
        Deployment, StatefulSet, ReplicaSet, ControllerRevision, Autoscaler, DisruptionBudget, NetworkPolicy,
        Role, RoleBinding, ClusterRole, ClusterRoleBinding, Lease, EndpointSlice, Event, CustomResourceDefinition,
    ];
}
