namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>The kinds that the chart may render, in versions that Kubernetes 1.29 has and no later release has deprecated.</summary>
internal static class KnownKinds
{
    private static readonly Dictionary<string, (string ApiVersion, bool Namespaced)> Kinds = new(StringComparer.Ordinal)
    {
        ["ConfigMap"] = ("v1", true),
        ["Pod"] = ("v1", true),
        ["Service"] = ("v1", true),
        ["ServiceAccount"] = ("v1", true),
        ["Deployment"] = ("apps/v1", true),
        ["Job"] = ("batch/v1", true),
        ["NetworkPolicy"] = ("networking.k8s.io/v1", true),
        ["PodDisruptionBudget"] = ("policy/v1", true),
        ["Role"] = ("rbac.authorization.k8s.io/v1", true),
        ["RoleBinding"] = ("rbac.authorization.k8s.io/v1", true),
        ["ClusterRole"] = ("rbac.authorization.k8s.io/v1", false),
        ["ClusterRoleBinding"] = ("rbac.authorization.k8s.io/v1", false),
        ["CustomResourceDefinition"] = ("apiextensions.k8s.io/v1", false),
        ["PodMonitor"] = ("monitoring.coreos.com/v1", true),
        ["ServiceMonitor"] = ("monitoring.coreos.com/v1", true),
        ["RelayPool"] = (RelayOperator.Api.RelayPool.GroupVersion, true),
        ["HubTransport"] = (RelayOperator.Api.RelayPool.GroupVersion, true),
    };

    /// <summary>The one version that the chart may use of this kind; null for a kind that it has no business with.</summary>
    public static string? VersionOf(string kind) => Kinds.TryGetValue(kind, out var known) ? known.ApiVersion : null;

    public static bool IsNamespaced(string kind) => Kinds[kind].Namespaced;
}
