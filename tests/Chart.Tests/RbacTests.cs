using System.Text.Json.Nodes;
using RelayOperator.Chart.Tests.Rendered;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>What the operator and its helpers may do: this, and nothing else.</summary>
public sealed class RbacTests
{
    // A change here is a change of what people grant us: it belongs into the changelog.
    private const string OfThePools =
        """
        relayoperator.io/relaypools: get list patch watch
        relayoperator.io/hubtransports: get list watch
        relayoperator.io/relaypools/status: get patch
        relayoperator.io/hubtransports/status: get patch
        relayoperator.io/relaypools/finalizers: update
        /serviceaccounts: create delete get list patch watch
        /services: create delete get list patch watch
        /secrets: create delete get list patch watch
        rbac.authorization.k8s.io/roles: create delete get list patch watch
        rbac.authorization.k8s.io/rolebindings: create delete get list patch watch
        apps/deployments: create delete get list patch watch
        apps/statefulsets: create delete get list patch watch
        policy/poddisruptionbudgets: create delete get list patch watch
        autoscaling/horizontalpodautoscalers: create delete get list patch watch
        networking.k8s.io/networkpolicies: create delete get list patch watch
        monitoring.coreos.com/podmonitors: create delete get list patch watch
        /persistentvolumeclaims: delete get list patch watch
        /pods: get list watch
        discovery.k8s.io/endpointslices: get list watch
        events.k8s.io/events: create patch
        """;

    private const string OfTheCluster =
        """
        /namespaces: get
        /nodes: get list watch
        """;

    private const string OfTheLease =
        """
        coordination.k8s.io/leases: create
        coordination.k8s.io/leases[relay-operator]: get update
        """;

    public static TheoryData<string> Values() => ValueSets.Names();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Nothing_is_granted_by_a_wildcard_and_nobody_may_grant_more_than_he_has(string values)
    {
        foreach (var role in (await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => item.Kind is "Role" or "ClusterRole"))
        {
            foreach (var rule in Rules(role))
            {
                Assert.All(
                    new[] { "apiGroups", "resources", "verbs" }.SelectMany(field => Manifest.Texts(rule[field])),
                    text => Assert.False(text.Contains('*', StringComparison.Ordinal) || text is "escalate" or "bind" or "impersonate", $"{role}: {text}"));
                Assert.Null(rule["nonResourceURLs"]);
            }
        }
    }

    [Theory]
    [InlineData("defaults")]
    [InlineData("two replicas")]
    public async Task Of_the_whole_cluster_the_operator_may_do_this(string values)
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of(values));
        Assert.Equal(Lines(OfThePools, OfTheCluster), Grants(rendering.The("ClusterRole", "rel-relay-operator")));
        Assert.Equal(Lines(OfTheLease), Grants(rendering.The("Role", "rel-relay-operator-leader")));
        Assert.Equal(["rel-relay-operator-leader"], rendering.Of("Role").Select(role => role.Name));
        AssertBound(rendering, rendering.The("ClusterRoleBinding", "rel-relay-operator"), "ClusterRole", "rel-relay-operator");
        AssertBound(rendering, rendering.The("RoleBinding", "rel-relay-operator-leader"), "Role", "rel-relay-operator-leader");
    }

    [Fact]
    public async Task Of_listed_namespaces_it_may_do_the_same_but_for_nodes()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Namespaces);
        foreach (var space in new[] { "mail", "erp" })
        {
            var role = rendering.Installed.Single(item => item.Kind == "Role" && item.Namespace == space);
            Assert.Equal(Lines(OfThePools, $"/namespaces[{space}]: get"), Grants(role));
            AssertBound(rendering, rendering.Installed.Single(item => item.Kind == "RoleBinding" && item.Namespace == space), "Role", role.Name);
        }

        Assert.Equal(["erp", "mail", Helm.Namespace], rendering.Installed.Where(item => item.Kind == "Role").Select(role => role.Namespace).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("namespaces")]
    [InlineData("namespaces with two replicas")]
    [InlineData("everything in namespaces")]
    public async Task With_listed_namespaces_and_without_CRDs_nothing_is_cluster_scoped_hooks_included(string values) =>
        Assert.Empty((await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => !KnownKinds.IsNamespaced(item.Kind)).Select(item => item.ToString()));

    [Fact]
    public async Task With_listed_namespaces_CRDs_are_all_that_is_cluster_scoped() =>
        Assert.Empty((await Helm.RenderAsync("namespaces: [mail]")).Objects
            .Where(item => !KnownKinds.IsNamespaced(item.Kind) && item.Kind != "CustomResourceDefinition")
            .Select(item => item.ToString()));

    [Fact]
    public async Task What_a_relay_pod_may_do_the_operator_may_too_so_that_it_can_grant_it()
    {
        var grants = Grants((await Helm.RenderAsync(ValueSets.Defaults)).The("ClusterRole", "rel-relay-operator"));
        var secrets = grants.Single(grant => grant.StartsWith("/secrets:", StringComparison.Ordinal)).Split(' ');
        Assert.Subset(secrets.ToHashSet(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal) { "get", "list", "watch" });
    }

    [Fact]
    public async Task Those_who_may_view_or_edit_a_namespace_may_so_its_pools_and_hubs()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Defaults);
        var view = rendering.The("ClusterRole", "rel-relay-operator-view");
        var edit = rendering.The("ClusterRole", "rel-relay-operator-edit");
        Assert.Equal(
            Lines(
                """
                relayoperator.io/relaypools: get list watch
                relayoperator.io/hubtransports: get list watch
                relayoperator.io/relaypools/status: get
                relayoperator.io/relaypools/scale: get
                relayoperator.io/hubtransports/status: get
                """),
            Grants(view));
        Assert.Equal(
            Lines(
                """
                relayoperator.io/relaypools: create delete deletecollection patch update
                relayoperator.io/hubtransports: create delete deletecollection patch update
                relayoperator.io/relaypools/scale: get patch update
                """),
            Grants(edit));
        Assert.Equal(["aggregate-to-admin", "aggregate-to-edit", "aggregate-to-view"], Aggregations(view));
        Assert.Equal(["aggregate-to-admin", "aggregate-to-edit"], Aggregations(edit));
    }

    [Fact]
    public async Task Without_roles_nothing_is_granted() =>
        Assert.Empty((await Helm.RenderAsync(ValueSets.Of("no roles"))).Objects.Where(item => item.ApiVersion.StartsWith("rbac", StringComparison.Ordinal)).Select(item => item.ToString()));

    private static IEnumerable<JsonNode> Rules(Manifest role) => Manifest.List(role.Content["rules"]).Select(rule => rule!);

    /// <summary>One line a resource: group/resource[name]: verbs.</summary>
    private static IEnumerable<string> Grants(Manifest role) => Rules(role)
        .SelectMany(rule =>
            from apiGroup in Manifest.Texts(rule["apiGroups"])
            from resource in Manifest.Texts(rule["resources"])
            from name in Manifest.Texts(rule["resourceNames"]).DefaultIfEmpty("")
            select $"{apiGroup}/{resource}{(name.Length > 0 ? $"[{name}]" : "")}: {string.Join(' ', Manifest.Texts(rule["verbs"]).Order(StringComparer.Ordinal))}")
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Lines(params string[] texts) => texts
        .SelectMany(text => text.Split('\n'))
        .Select(line => line.Trim())
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Aggregations(Manifest role) => role.Labels
        .Where(label => label.Key.StartsWith("rbac.authorization.k8s.io/", StringComparison.Ordinal) && label.Value == "true")
        .Select(label => label.Key.Split('/')[1])
        .Order(StringComparer.Ordinal);

    private static void AssertBound(Rendering rendering, Manifest binding, string kind, string name)
    {
        Assert.Equal((kind, name), (Manifest.Text(binding.Content["roleRef"]!["kind"]), Manifest.Text(binding.Content["roleRef"]!["name"])));
        var subject = Assert.Single(binding.Content["subjects"]!.AsArray())!;
        var account = rendering.Installed.Single(item => item.Kind == "ServiceAccount");
        Assert.Equal((account.Name, account.Namespace), (Manifest.Text(subject["name"]), Manifest.Text(subject["namespace"])));
        Assert.Equal(account.Name, Manifest.Text(rendering.Operator.Pod!["spec"]!["serviceAccountName"]));
    }
}
