using System.Text.Json.Nodes;
using RelayOperator.TestKit.Charts;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.TestKit.Target;

/// <summary>What the chart installs for an operator of a test, but for the operator itself: it runs in the test.</summary>
internal static class ChartObjects
{
    // Release and namespace in one rendering, which is made once and used for each test's namespace.
    private const string Placeholder = "namespace-of-the-test";

    private static readonly Lazy<Task<string>> SomeNamespaces = new(() => Helm.TextAsync($"namespaces: [{Placeholder}, {Placeholder}{TestCluster.Other}]", Placeholder, Placeholder));
    private static readonly Lazy<Task<string>> AllNamespaces = new(() => Helm.TextAsync("{}", Placeholder, Placeholder));

    private static readonly Dictionary<string, string> Paths = new(StringComparer.Ordinal)
    {
        ["CustomResourceDefinition"] = "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        ["ServiceAccount"] = "api/v1/namespaces/{0}/serviceaccounts",
        ["Role"] = "apis/rbac.authorization.k8s.io/v1/namespaces/{0}/roles",
        ["RoleBinding"] = "apis/rbac.authorization.k8s.io/v1/namespaces/{0}/rolebindings",
        ["ClusterRole"] = "apis/rbac.authorization.k8s.io/v1/clusterroles",
        ["ClusterRoleBinding"] = "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    };

    /// <summary>The definitions of the two resources.</summary>
    public static async Task<IReadOnlyList<JsonObject>> DefinitionsAsync() => [.. (await AllAsync(SomeNamespaces, "any")).Where(IsDefinition)];

    /// <summary>Who the operator is and what it may do.</summary>
    /// <param name="ns">Namespace of the release.</param>
    /// <param name="everywhere">Whether it serves all namespaces instead of that one and the other one of the test.</param>
    public static async Task<IReadOnlyList<JsonObject>> RightsAsync(string ns, bool everywhere) =>
    [
        .. (await AllAsync(everywhere ? AllNamespaces : SomeNamespaces, ns)).Where(item => Paths.ContainsKey(Kind(item)) && !IsDefinition(item) && !IsHook(item)),
    ];

    /// <summary>Where the API server keeps an object.</summary>
    public static string PathOf(JsonObject item)
    {
        var metadata = item["metadata"]!;
        return $"{string.Format(Paths[Kind(item)], NamespaceOf(item))}/{(string)metadata["name"]!}";
    }

    /// <summary>"" for none.</summary>
    public static string NamespaceOf(JsonObject item) => (string?)item["metadata"]!["namespace"] ?? "";

    private static async Task<IEnumerable<JsonObject>> AllAsync(Lazy<Task<string>> rendering, string ns) =>
        YamlText.Documents((await rendering.Value).Replace(Placeholder, ns, StringComparison.Ordinal)).Select(document => document.AsObject());

    private static bool IsDefinition(JsonObject item) => Kind(item) == "CustomResourceDefinition";

    private static bool IsHook(JsonObject item) => item["metadata"]!["annotations"]?["helm.sh/hook"] is not null;

    private static string Kind(JsonObject item) => (string)item["kind"]!;
}
