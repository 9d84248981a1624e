using k8s;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class PoolResourcesTests
{
    [Fact]
    public void Objects_come_in_the_order_in_which_each_finds_what_it_needs()
    {
        var pool = Reading.Pool(spec => spec with { Autoscaling = new AutoscalingSpec { MaxReplicas = 5 } }) with { PodMonitorsServed = true };
        Assert.Equal(
            [
                "ServiceAccount/corp", "Role/corp", "RoleBinding/corp", "NetworkPolicy/corp", "Secret/corp-config", "Service/corp-pods",
                "Service/corp", "Deployment/corp", "PodDisruptionBudget/corp", "HorizontalPodAutoscaler/corp", "PodMonitor/corp",
            ],
            Names(pool));
    }

    [Fact]
    public void A_spool_on_volumes_makes_a_StatefulSet_of_the_pods() =>
        Assert.Equal(
            [
                "ServiceAccount/corp", "Role/corp", "RoleBinding/corp", "NetworkPolicy/corp", "Secret/corp-config", "Service/corp-pods",
                "Service/corp", "StatefulSet/corp", "PodDisruptionBudget/corp",
            ],
            Names(Reading.PoolWithClaims()));

    [Fact]
    public void What_is_disabled_is_not_there()
    {
        var names = Names(Reading.Pool(spec => spec with
        {
            NetworkPolicy = new NetworkPolicySpec { Mode = NetworkPolicyMode.Disabled },
            PodMonitor = new PodMonitorSpec { Mode = PodMonitorMode.Disabled },
        }) with { PodMonitorsServed = true });
        Assert.DoesNotContain("NetworkPolicy/corp", names);
        Assert.DoesNotContain("PodMonitor/corp", names);
    }

    [Fact]
    public void The_same_reading_gives_the_same_objects()
    {
        var pool = Reading.PoolWithClaims() with { Pods = [Reading.Pod("corp-0"), Reading.Pod("corp-1")] };
        Assert.Equal(
            PoolResources.For(pool, Reading.Settings).Objects.Select(Reading.Text),
            PoolResources.For(pool, Reading.Settings).Objects.Select(Reading.Text));
    }

    [Fact]
    public void The_pool_owns_its_objects_where_no_pod_has_a_spool_of_its_own()
    {
        foreach (var item in PoolResources.For(Reading.Pool(), Reading.Settings).Objects)
        {
            var owner = Assert.Single(item.Metadata.OwnerReferences);
            Assert.Equal(
                ("relayoperator.io/v1beta1", "RelayPool", "corp", "11111111-1111-1111-1111-111111111111", true, true),
                (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
        }
    }

    [Fact]
    public void Nothing_is_owned_where_pods_have_spools_since_a_foreground_deletion_would_take_it_away_under_the_drain() =>
        Assert.All(PoolResources.For(Reading.PoolWithClaims(), Reading.Settings).Objects, item => Assert.Null(item.Metadata.OwnerReferences));

    [Fact]
    public void Every_object_says_what_it_is_and_whose()
    {
        var settings = Reading.Settings with { Labels = Reading.Map(("helm.sh/chart", "relay-operator-1.0.0"), ("app.kubernetes.io/name", "not this")) };
        foreach (var item in PoolResources.For(Reading.PoolWithClaims(), settings).Objects)
        {
            var labels = item.Metadata.Labels;
            Assert.Equal("mail", item.Metadata.NamespaceProperty);
            Assert.Equal(
                ("relay", "corp", "relay", "relay-operator", "relay-operator", "1.0.0", "relay-operator-1.0.0", "11111111-1111-1111-1111-111111111111"),
                (labels["app.kubernetes.io/name"], labels["app.kubernetes.io/instance"], labels["app.kubernetes.io/component"],
                    labels["app.kubernetes.io/part-of"], labels["app.kubernetes.io/managed-by"], labels["app.kubernetes.io/version"],
                    labels["helm.sh/chart"], labels["relayoperator.io/pool-uid"]));
            Assert.False(string.IsNullOrEmpty(item.ApiVersion));
            Assert.False(string.IsNullOrEmpty(item.Kind));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_version_of_operator_and_chart_changes_no_selector_no_claim_and_no_pod(bool claims)
    {
        var pool = claims ? Reading.PoolWithClaims() : Reading.Pool();
        var newer = Reading.Settings with { Version = "2.0.0", Labels = Reading.Map(("helm.sh/chart", "relay-operator-2.0.0"), ("team", "mail")) };
        Assert.Equal(Lasting(PoolResources.For(pool, Reading.Settings)), Lasting(PoolResources.For(pool, newer)));
    }

    [Fact]
    public void Every_selector_is_name_and_pool_alone()
    {
        var selector = new Dictionary<string, string>(StringComparer.Ordinal) { ["app.kubernetes.io/name"] = "relay", ["app.kubernetes.io/instance"] = "corp" };
        var resources = PoolResources.For(Reading.PoolWithClaims(), Reading.Settings);
        Assert.Equal(selector, Reading.Single<V1StatefulSet>(resources).Spec.Selector.MatchLabels);
        Assert.Equal(selector, Reading.Single<V1NetworkPolicy>(resources).Spec.PodSelector.MatchLabels);
        Assert.Equal(selector, Reading.Single<V1PodDisruptionBudget>(resources).Spec.Selector.MatchLabels);
        Assert.All(resources.Objects.OfType<V1Service>(), service => Assert.Equal(selector, service.Spec.Selector));
        Assert.Equal("app.kubernetes.io/instance=corp,app.kubernetes.io/name=relay", PoolLabels.SelectorText(Reading.Pool()));
    }

    [Fact]
    public void Pods_may_read_their_own_Secret_and_nothing_else()
    {
        var rule = Assert.Single(Reading.Single<V1Role>(Reading.Pool()).Rules);
        Assert.Equal(["secrets"], rule.Resources);
        Assert.Equal(["corp-config"], rule.ResourceNames);
        Assert.Equal(["get", "list", "watch"], rule.Verbs);
        var binding = Reading.Single<V1RoleBinding>(Reading.Pool());
        Assert.Equal(("Role", "corp"), (binding.RoleRef.Kind, binding.RoleRef.Name));
        Assert.Equal(("ServiceAccount", "corp", "mail"), (binding.Subjects[0].Kind, binding.Subjects[0].Name, binding.Subjects[0].NamespaceProperty));
    }

    [Fact]
    public void One_pod_at_a_time_may_be_disrupted_and_a_sick_one_always()
    {
        var budget = Reading.Single<V1PodDisruptionBudget>(Reading.Pool()).Spec;
        Assert.Equal(("1", "AlwaysAllow"), (budget.MaxUnavailable.Value, budget.UnhealthyPodEvictionPolicy));
        Assert.Null(budget.MinAvailable);
    }

    [Fact]
    public void A_PodMonitor_reads_the_admin_port_under_the_labels_that_Prometheus_selects()
    {
        var monitor = Reading.Single<PodMonitor>(
            Reading.Pool(spec => spec with { PodMonitor = new PodMonitorSpec { Mode = PodMonitorMode.Enabled, Labels = Reading.Map(("release", "prometheus")) } })
                with { PodMonitorsServed = true });
        Assert.Equal("prometheus", monitor.Metadata.Labels["release"]);
        Assert.Contains("""podMetricsEndpoints":[{"port":"admin","path":"/metrics"}]""", Reading.Text(monitor), StringComparison.Ordinal);
    }

    private static string[] Names(GatheredPool pool) =>
        [.. PoolResources.For(pool, Reading.Settings).Objects.Select(item => $"{item.Kind}/{item.Metadata.Name}")];

    private static List<string> Lasting(PoolResources resources)
    {
        List<string> texts = [.. resources.Objects.OfType<V1Service>().Select(service => Reading.Text(service.Spec))];
        foreach (IKubernetesObject<V1ObjectMeta> item in resources.Objects)
        {
            texts.Add(item switch
            {
                V1StatefulSet set => Reading.Text(set.Spec),
                V1Deployment deployment => Reading.Text(deployment.Spec),
                V1NetworkPolicy policy => Reading.Text(policy.Spec),
                V1PodDisruptionBudget budget => Reading.Text(budget.Spec),
                _ => "",
            });
        }

        return texts;
    }
}
