using k8s;
using k8s.Models;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class AccessTests : ClusterFixture
{
    private Kubernetes _relay = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _relay = ClientOf(Server.TokenOf(Space, "relay"));
    }

    [Fact]
    public async Task Nothing_is_allowed_without_a_token_or_with_a_revoked_one()
    {
        var token = Server.TokenOf(Space, "other");
        Server.Cluster.Tokens.Revoke(token);
        using var client = ClientOf(token);
        Assert.Equal(401, (await RefusedAsync(() => client.CoreV1.ListNamespacedConfigMapAsync(Space))).Code);
    }

    [Fact]
    public async Task What_no_role_allows_is_forbidden_with_the_servers_words()
    {
        var (code, status) = await RefusedAsync(() => _relay.CoreV1.ReadNamespacedSecretAsync("s", Space));
        Assert.Equal((403, "Forbidden"), (code, status.Reason));
        Assert.Equal("secrets \"s\" is forbidden: User \"system:serviceaccount:mail:relay\" cannot get resource \"secrets\" in API group \"\" in the namespace \"mail\"", status.Message);
        (_, status) = await RefusedAsync(() => _relay.AppsV1.ListDeploymentForAllNamespacesAsync());
        Assert.Equal("deployments.apps is forbidden: User \"system:serviceaccount:mail:relay\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope", status.Message);
    }

    [Fact]
    public async Task A_role_allows_in_its_namespace_alone()
    {
        Server.CreateNamespace("other");
        await AllowAsync("""[{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}]""");
        Assert.Empty((await _relay.CoreV1.ListNamespacedConfigMapAsync(Space)).Items);
        Assert.Equal(403, (await RefusedAsync(() => _relay.CoreV1.ListNamespacedConfigMapAsync("other"))).Code);
        Assert.Equal(403, (await RefusedAsync(() => _relay.CoreV1.ListConfigMapForAllNamespacesAsync())).Code);
    }

    [Fact]
    public async Task A_resource_name_allows_get_and_a_watch_of_that_name_but_no_list()
    {
        await Client.CoreV1.CreateNamespacedSecretAsync(new() { Metadata = new() { Name = "corp-config" } }, Space);
        await AllowAsync("""[{"apiGroups":[""],"resources":["secrets"],"resourceNames":["corp-config"],"verbs":["get","list","watch"]}]""");
        Assert.NotNull(await _relay.CoreV1.ReadNamespacedSecretAsync("corp-config", Space));
        Assert.Single((await _relay.CoreV1.ListNamespacedSecretAsync(Space, fieldSelector: "metadata.name=corp-config")).Items);
        Assert.Equal(403, (await RefusedAsync(() => _relay.CoreV1.ListNamespacedSecretAsync(Space))).Code);
        Assert.Equal(403, (await RefusedAsync(() => _relay.CoreV1.ReadNamespacedSecretAsync("other", Space))).Code);
    }

    [Fact]
    public async Task A_subresource_is_a_permission_of_its_own()
    {
        Server.Controllers.IsEnabled = false;
        await Client.AppsV1.CreateNamespacedStatefulSetAsync(Workloads.StatefulSet("s", 1), Space);
        await AllowAsync("""[{"apiGroups":["apps"],"resources":["statefulsets/scale"],"verbs":["get"]}]""");
        Assert.Equal(1, (await _relay.AppsV1.ReadNamespacedStatefulSetScaleAsync("s", Space)).Spec.Replicas);
        Assert.Equal(403, (await RefusedAsync(() => _relay.AppsV1.ReadNamespacedStatefulSetAsync("s", Space))).Code);
    }

    [Fact]
    public async Task An_apply_that_creates_needs_create_as_well_as_patch()
    {
        await AllowAsync("""[{"apiGroups":[""],"resources":["configmaps"],"verbs":["patch"]}]""");
        var (code, status) = await RefusedAsync(() => ApplyAsync("m"));
        Assert.Equal(403, code);
        Assert.Contains("cannot create resource", status.Message, StringComparison.Ordinal);
        await CreateMapAsync("m");
        await ApplyAsync("m");

        Task ApplyAsync(string name) => _relay.CoreV1.PatchNamespacedConfigMapAsync(new V1Patch(Map(name), V1Patch.PatchType.ApplyPatch), name, Space, fieldManager: "relay");
    }

    [Fact]
    public async Task Nobody_grants_what_they_do_not_have()
    {
        await AllowAsync("""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","update"]},{"apiGroups":[""],"resources":["secrets"],"resourceNames":["a"],"verbs":["get"]}]""");
        var (code, status) = await RefusedAsync(() => WriteAsync("wide"));
        Assert.Equal(403, code);
        Assert.Contains("is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}", status.Message, StringComparison.Ordinal);
        await WriteAsync("narrow", "a");
        await AllowAsync("""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","escalate"]}]""", "more");
        await WriteAsync("wide");

        Task WriteAsync(string name, string? only = null) => _relay.RbacAuthorizationV1.CreateNamespacedRoleAsync(
            new() { Metadata = new() { Name = name }, Rules = [new() { ApiGroups = [""], Resources = ["secrets"], Verbs = ["get"], ResourceNames = only is null ? null : [only] }] }, Space);
    }

    [Fact]
    public async Task Who_binds_a_role_must_have_its_rules_or_the_verb_bind()
    {
        await Server.InstallAsync("""
            { apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: reader }, rules: [ { apiGroups: [""], resources: [secrets], verbs: [get] } ] }
            """, Space);
        await AllowAsync("""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["create"]}]""");
        Assert.Equal(403, (await RefusedAsync(BindAsync)).Code);
        await AllowAsync("""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"resourceNames":["reader"],"verbs":["bind"]}]""", "more");
        await BindAsync();

        Task BindAsync() => _relay.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new() { Metadata = new() { Name = "b" }, RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = "reader" } }, Space);
    }

    [Fact]
    public async Task Blocking_an_owners_deletion_needs_the_permission_for_its_finalizers()
    {
        var owner = await CreateMapAsync("owner");
        await AllowAsync("""[{"apiGroups":[""],"resources":["configmaps"],"verbs":["create"]}]""");
        var (code, status) = await RefusedAsync(DependAsync);
        Assert.Equal(403, code);
        Assert.Contains("cannot set blockOwnerDeletion", status.Message, StringComparison.Ordinal);
        await AllowAsync("""[{"apiGroups":[""],"resources":["configmaps/finalizers"],"verbs":["update"]}]""", "more");
        await DependAsync();

        Task DependAsync()
        {
            var map = Map("child");
            map.Metadata.OwnerReferences = [new() { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = owner.Metadata.Uid, BlockOwnerDeletion = true }];
            return _relay.CoreV1.CreateNamespacedConfigMapAsync(map, Space);
        }
    }

    [Fact]
    public async Task One_can_ask_what_one_may_do()
    {
        await AllowAsync("""[{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}]""");
        Assert.True(await MayAsync("list"));
        Assert.False(await MayAsync("create"));

        async Task<bool> MayAsync(string verb) => (await _relay.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(
            new() { Spec = new() { ResourceAttributes = new() { Verb = verb, Resource = "configmaps", NamespaceProperty = Space } } })).Status.Allowed;
    }

    private Task AllowAsync(string rules, string name = "relay") => Server.InstallAsync($$"""
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: { name: {{name}} }
        rules: {{rules}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: { name: {{name}} }
        roleRef: { kind: Role, name: {{name}}, apiGroup: rbac.authorization.k8s.io }
        subjects: [{ kind: ServiceAccount, name: relay, namespace: {{Space}} }]
        """, Space);
}
