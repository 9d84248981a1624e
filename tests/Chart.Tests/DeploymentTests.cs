using System.Text.Json.Nodes;
using RelayOperator.Chart.Tests.Rendered;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>The operator's pods and what stands around them.</summary>
public sealed class DeploymentTests
{
    [Fact]
    public async Task The_operator_is_told_what_the_values_say()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Everything + "\nnamespaces: [mail, erp]");
        Assert.Equal(
            [
                "run",
                "--namespaces=mail,erp",
                $"--leader-election-namespace={Helm.Namespace}",
                "--relay-image=relay@sha256:2222222222222222222222222222222222222222222222222222222222222222",
                "--max-concurrent-rollouts=7",
                "--prometheus-namespace-selector=a=b,c=d,kubernetes.io/metadata.name=monitoring",
                "--prometheus-pod-selector=app.kubernetes.io/name=prometheus,e=f",
                "--log-format=text",
                "--log-level=Debug",
                "--extra",
            ],
            Arguments(rendering.Operator));
        Assert.Equal(
            [
                "POD_NAME=metadata.name",
                "POD_NAMESPACE=metadata.namespace",
                "POD_LABELS=app.kubernetes.io/component=operator,app.kubernetes.io/instance=rel,app.kubernetes.io/name=mailer",
                "OBJECT_LABELS=app.kubernetes.io/part-of=not-theirs-to-set,team=mail",
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317",
            ],
            Manifest.List(Container(rendering.Operator)["env"]).Select(variable => $"{variable!["name"]}={variable["value"] ?? variable["valueFrom"]!["fieldRef"]!["fieldPath"]}"));
    }

    [Fact]
    public async Task Without_a_list_it_serves_every_namespace_and_without_Prometheus_it_admits_none()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of("nobody scrapes"));
        Assert.DoesNotContain(Arguments(rendering.Operator), argument => argument.StartsWith("--namespaces", StringComparison.Ordinal));
        Assert.DoesNotContain(Arguments(rendering.Operator), argument => argument.StartsWith("--prometheus", StringComparison.Ordinal));
        Assert.Empty(rendering.Of("NetworkPolicy").Single().Spec!["ingress"]!.AsArray());
    }

    [Theory]
    [InlineData("{}", "ghcr.io/relayoperator/operator:0.1.0")]
    [InlineData("image: { tag: 1.2.3-rc.1 }", "ghcr.io/relayoperator/operator:1.2.3-rc.1")]
    [InlineData("image: { registry: \"\" }", "relayoperator/operator:0.1.0")]
    [InlineData(
        "image: { registry: r.example:5000, repository: a/b/c, tag: 1.2.3, digest: \"sha256:1111111111111111111111111111111111111111111111111111111111111111\" }",
        "r.example:5000/a/b/c@sha256:1111111111111111111111111111111111111111111111111111111111111111")]
    public async Task An_image_is_named_by_its_digest_else_by_its_tag_else_by_the_charts_version(string values, string expected)
    {
        var rendering = await Helm.RenderAsync(values);
        Assert.Equal(expected, Manifest.Text(Container(rendering.Operator)["image"]));
        Assert.Equal(expected, Manifest.Text(Container(rendering.Of("Job").Single())["image"]));
    }

    [Fact]
    public async Task Every_pod_pulls_with_the_global_secrets()
    {
        foreach (var item in (await Helm.RenderAsync(ValueSets.Everything)).Objects.Where(item => item.Pod is not null))
        {
            Assert.Equal("registry-login", Manifest.Text(item.Pod!["spec"]!["imagePullSecrets"]?[0]!["name"]));
        }
    }

    [Fact]
    public async Task Probes_ask_where_the_operator_answers()
    {
        var container = Container((await Helm.RenderAsync(ValueSets.Defaults)).Operator);
        Assert.Equal(
            ["/healthz http", "/healthz http", "/readyz http"],
            new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(probe => $"{container[probe]!["httpGet"]!["path"]} {container[probe]!["httpGet"]!["port"]}"));
        Assert.Equal("http 9080", $"{container["ports"]![0]!["name"]} {container["ports"]![0]!["containerPort"]}");
    }

    [Fact]
    public async Task Two_operators_keep_apart_and_one_stays_when_a_node_is_drained()
    {
        var one = await Helm.RenderAsync(ValueSets.Defaults);
        Assert.Null(one.Operator.Pod!["spec"]!["affinity"]);
        Assert.Empty(one.Of("PodDisruptionBudget"));
        var two = await Helm.RenderAsync("replicaCount: 2");
        var term = two.Operator.Pod!["spec"]!["affinity"]!["podAntiAffinity"]!["preferredDuringSchedulingIgnoredDuringExecution"]![0]!["podAffinityTerm"]!;
        Assert.Equal("kubernetes.io/hostname", Manifest.Text(term["topologyKey"]));
        Assert.Equal(Manifest.Map(two.Operator.Spec!["selector"]!["matchLabels"]), Manifest.Map(term["labelSelector"]!["matchLabels"]));
        var budget = two.Of("PodDisruptionBudget").Single().Spec!;
        Assert.Equal("1 AlwaysAllow", $"{budget["maxUnavailable"]} {budget["unhealthyPodEvictionPolicy"]}");
    }

    [Fact]
    public async Task An_affinity_of_the_users_takes_the_place_of_ours()
    {
        var rendering = await Helm.RenderAsync("{ replicaCount: 2, affinity: { nodeAffinity: {} } }");
        Assert.Equal("nodeAffinity", Assert.Single(rendering.Operator.Pod!["spec"]!["affinity"]!.AsObject()).Key);
    }

    [Fact]
    public async Task A_spread_without_a_selector_spreads_the_operators_pods()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Everything);
        var spreads = rendering.Operator.Pod!["spec"]!["topologySpreadConstraints"]!;
        Assert.Equal(Manifest.Map(rendering.Operator.Spec!["selector"]!["matchLabels"]), Manifest.Map(spreads[0]!["labelSelector"]!["matchLabels"]));
        Assert.Equal("selector", Manifest.Map(spreads[1]!["labelSelector"]!["matchLabels"])["own"]);
    }

    [Theory]
    [InlineData("None", null)]
    [InlineData("PodMonitor", "podMetricsEndpoints")]
    [InlineData("ServiceMonitor", "endpoints")]
    public async Task A_monitor_of_the_kind_asked_for_finds_the_metrics(string kind, string? endpoints)
    {
        var rendering = await Helm.RenderAsync($"monitoring: {{ kind: {kind} }}");
        var monitors = rendering.Objects.Where(item => item.ApiVersion == "monitoring.coreos.com/v1").ToArray();
        Assert.Equal(endpoints is null ? [] : [kind], monitors.Select(item => item.Kind));
        if (endpoints is not null)
        {
            var spec = monitors[0].Spec!;
            Assert.Equal("http /metrics", $"{spec[endpoints]![0]!["port"]} {spec[endpoints]![0]!["path"]}");
            Assert.Equal(Helm.Namespace, Manifest.Text(spec["namespaceSelector"]!["matchNames"]![0]));
            var labels = kind == "PodMonitor" ? Manifest.Map(rendering.Operator.Pod!["metadata"]!["labels"]) : rendering.Of("Service").Single(item => item.Hook.Length == 0).Labels;
            Assert.All(Manifest.Map(spec["selector"]!["matchLabels"]), wanted => Assert.Equal(wanted.Value, labels[wanted.Key]));
        }
    }

    [Fact]
    public async Task The_NetworkPolicy_admits_Prometheus_to_the_metrics_and_leaves_what_goes_out_alone()
    {
        var policy = (await Helm.RenderAsync(ValueSets.Defaults)).Of("NetworkPolicy").Single().Spec!;
        Assert.Equal(["Ingress"], Manifest.Texts(policy["policyTypes"]));
        var rule = Assert.Single(policy["ingress"]!.AsArray())!;
        Assert.Equal("9080", Manifest.Text(Assert.Single(rule["ports"]!.AsArray())!["port"]));
        var from = Assert.Single(rule["from"]!.AsArray())!;
        Assert.Equal("monitoring", Manifest.Map(from["namespaceSelector"]!["matchLabels"])["kubernetes.io/metadata.name"]);
        Assert.Equal("prometheus", Manifest.Map(from["podSelector"]!["matchLabels"])["app.kubernetes.io/name"]);
    }

    [Fact]
    public async Task Asked_to_restrict_what_goes_out_it_leaves_DNS_the_API_server_and_the_relays()
    {
        var policy = (await Helm.RenderAsync(ValueSets.Everything)).Of("NetworkPolicy").Single().Spec!;
        Assert.Equal(["Ingress", "Egress"], Manifest.Texts(policy["policyTypes"]));
        Assert.Equal(
            ["53 53", "443 6443", "9025", "4317"],
            policy["egress"]!.AsArray().Select(rule => string.Join(' ', Manifest.List(rule!["ports"]).Select(port => Manifest.Text(port!["port"])))));
        Assert.Equal("10.96.0.1/32", Manifest.Text(policy["egress"]![1]!["to"]![0]!["ipBlock"]!["cidr"]));
    }

    [Fact]
    public async Task Further_objects_are_rendered_as_templates()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Everything);
        Assert.Equal(["rel-map", "rel-mailer-text"], rendering.Of("ConfigMap").Select(item => item.Name));
    }

    private static JsonNode Container(Manifest item) => Assert.Single(item.Containers);

    private static IEnumerable<string> Arguments(Manifest item) => Manifest.Texts(Container(item)["args"]);
}
