using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>The chart installed: what the API server then allows the operator, and what it refuses.</summary>
public sealed class InstallTests : IAsyncLifetime
{
    private readonly List<Kubernetes> _clients = [];
    private ApiServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        foreach (var space in new[] { Helm.Namespace, "mail", "erp", "elsewhere" })
        {
            _server.CreateNamespace(space);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("namespaces: [mail, erp]", false)]
    public async Task The_operator_serves_the_pools_of_its_namespaces_and_no_others(string values, bool everywhere)
    {
        var client = await InstallAsync(values);
        foreach (var space in new[] { "mail", "erp" })
        {
            await ListPoolsAsync(client, space);
            await client.CoreV1.ListNamespacedSecretAsync(space);
            await client.CoreV1.ReadNamespaceAsync(space);
            await ApplyPoolsObjectsAsync(client, space);
        }

        Assert.Equal(everywhere, await MayAsync(() => ListPoolsAsync(client, "elsewhere")));
        Assert.Equal(everywhere, await MayAsync(() => client.CoreV1.ListNamespacedSecretAsync("elsewhere")));
        Assert.Equal(everywhere, await MayAsync(() => ApplyPoolsObjectsAsync(client, "elsewhere")));
        Assert.Equal(everywhere, await MayAsync(() => client.CustomObjects.ListClusterCustomObjectAsync("relayoperator.io", "v1beta1", "relaypools")));
        Assert.Equal(everywhere, await MayAsync(() => client.CoreV1.ListNodeAsync()));
        Assert.Equal(everywhere, await MayAsync(() => client.CoreV1.ReadNamespaceAsync("elsewhere")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("namespaces: [mail]")]
    public async Task It_may_do_nothing_that_is_not_its_business(string values)
    {
        var client = await InstallAsync(values);
        await ApplyPoolsObjectsAsync(client, "mail");
        (string What, Func<Task> Act)[] refused =
        [
            ("read what is no pool's", () => client.CoreV1.ListNamespacedConfigMapAsync("mail")),
            ("end a pod", () => client.CoreV1.DeleteNamespacedPodAsync("p", "mail")),
            ("make a pod", () => client.CoreV1.CreateNamespacedPodAsync(new V1Pod { Metadata = new() { Name = "p" } }, "mail")),
            ("make a claim", () => client.CoreV1.CreateNamespacedPersistentVolumeClaimAsync(new() { Metadata = new() { Name = "c" } }, "mail")),
            ("make a role for the cluster", () => client.RbacAuthorizationV1.CreateClusterRoleAsync(new() { Metadata = new() { Name = "r" } })),
            ("grant what it has not", () => client.RbacAuthorizationV1.CreateNamespacedRoleAsync(
                new() { Metadata = new() { Name = "wide" }, Rules = [new() { ApiGroups = [""], Resources = ["configmaps"], Verbs = ["get"] }] }, "mail")),
            ("take another's Lease", () => client.CoordinationV1.ReadNamespacedLeaseAsync("other", Helm.Namespace)),
            ("hold its Lease elsewhere", () => client.CoordinationV1.CreateNamespacedLeaseAsync(Lease(), "mail")),
            ("delete a namespace", () => client.CoreV1.DeleteNamespaceAsync("mail")),
            ("make a pool", () => client.CustomObjects.CreateNamespacedCustomObjectAsync(
                new Dictionary<string, object> { ["apiVersion"] = "relayoperator.io/v1beta1", ["kind"] = "RelayPool", ["metadata"] = new Dictionary<string, object> { ["name"] = "p" } },
                "relayoperator.io", "v1beta1", "mail", "relaypools")),
        ];
        foreach (var (what, act) in refused)
        {
            Assert.False(await MayAsync(act), $"The operator may {what}.");
        }
    }

    [Fact]
    public async Task It_holds_its_Lease()
    {
        var client = await InstallAsync("{}");
        var lease = await client.CoordinationV1.CreateNamespacedLeaseAsync(Lease(), Helm.Namespace);
        lease.Spec.HolderIdentity = "b";
        await client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, lease.Metadata.Name, Helm.Namespace);
        Assert.Equal("b", (await client.CoordinationV1.ReadNamespacedLeaseAsync(lease.Metadata.Name, Helm.Namespace)).Spec.HolderIdentity);
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("namespaces: [mail]", "mail")]
    public async Task The_check_before_an_uninstall_sees_the_pools_and_nothing_else(string values, string space)
    {
        await InstallAsync(values);
        var client = ClientOf("rel-relay-operator-uninstall");
        await (space.Length == 0
            ? client.CustomObjects.ListClusterCustomObjectAsync("relayoperator.io", "v1beta1", "relaypools")
            : ListPoolsAsync(client, space));
        Assert.False(await MayAsync(() => client.CoreV1.ListNamespacedSecretAsync("mail")));
        Assert.False(await MayAsync(() => client.CustomObjects.ListNamespacedCustomObjectAsync("relayoperator.io", "v1beta1", "mail", "hubtransports")));
    }

    [Fact]
    public async Task The_pool_and_the_hub_of_the_test_are_taken()
    {
        await InstallAsync("{}");
        var admin = ClientOf("", _server.AdminToken);
        var pool = await admin.CustomObjects.ListNamespacedCustomObjectAsync("relayoperator.io", "v1beta1", Helm.Namespace, "relaypools");
        Assert.Contains("test-rel-relay-operator", pool.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Installs everything that the chart renders, hooks included; a client with the operator's rights.</summary>
    private async Task<Kubernetes> InstallAsync(string values)
    {
        var rendering = await Helm.RenderAsync(values);
        // Pods would be run: these stand for themselves.
        foreach (var item in rendering.Objects.Where(item => item.Pod is null).OrderBy(item => item.Hook.Length > 0))
        {
            await _server.InstallAsync(item.Content.ToJsonString(), Helm.Namespace);
        }

        return ClientOf(rendering.Installed.Single(item => item.Kind == "ServiceAccount").Name);
    }

    private Kubernetes ClientOf(string account, string? token = null)
    {
        var client = new Kubernetes(new KubernetesClientConfiguration
        {
            Host = _server.Address.ToString().TrimEnd('/'),
            AccessToken = token ?? _server.TokenOf(Helm.Namespace, account),
        });
        _clients.Add(client);
        return client;
    }

    /// <summary>What a relay pod needs to read its one Secret, granted without the verbs escalate and bind.</summary>
    private static async Task ApplyPoolsObjectsAsync(Kubernetes client, string space)
    {
        await client.CoreV1.PatchNamespacedSecretAsync(Applied(new V1Secret { ApiVersion = "v1", Kind = "Secret", Metadata = new() { Name = "corp-config" } }), "corp-config", space, fieldManager: "test");
        var role = new V1Role
        {
            ApiVersion = "rbac.authorization.k8s.io/v1",
            Kind = "Role",
            Metadata = new() { Name = "corp" },
            Rules = [new() { ApiGroups = [""], Resources = ["secrets"], ResourceNames = ["corp-config"], Verbs = ["get", "list", "watch"] }],
        };
        await client.RbacAuthorizationV1.PatchNamespacedRoleAsync(Applied(role), "corp", space, fieldManager: "test");
        var binding = new V1RoleBinding
        {
            ApiVersion = "rbac.authorization.k8s.io/v1",
            Kind = "RoleBinding",
            Metadata = new() { Name = "corp" },
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = "corp" },
            Subjects = [new() { Kind = "ServiceAccount", Name = "corp", NamespaceProperty = space }],
        };
        await client.RbacAuthorizationV1.PatchNamespacedRoleBindingAsync(Applied(binding), "corp", space, fieldManager: "test");
    }

    private static V1Patch Applied(object wanted) => new(wanted, V1Patch.PatchType.ApplyPatch);

    private static V1Lease Lease() => new() { Metadata = new() { Name = "relay-operator" }, Spec = new() { HolderIdentity = "a" } };

    private static Task<object> ListPoolsAsync(Kubernetes client, string space) =>
        client.CustomObjects.ListNamespacedCustomObjectAsync("relayoperator.io", "v1beta1", space, "relaypools");

    private static async Task<bool> MayAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return false;
        }
    }
}
