using System.Text.Json.Nodes;
using RelayOperator.Chart.Tests.Rendered;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>What holds for every object, whatever the values.</summary>
public sealed class EveryObjectTests
{
    private static readonly string[] Recommended =
    [
        "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/component",
        "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by", "helm.sh/chart",
    ];

    public static TheoryData<string> Values() => ValueSets.Names();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Is_of_a_kind_and_version_that_Kubernetes_keeps(string values)
    {
        foreach (var item in (await Helm.RenderAsync(ValueSets.Of(values))).Objects)
        {
            Assert.True(KnownKinds.VersionOf(item.Kind) == item.ApiVersion, $"{item} is {item.ApiVersion}");
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Has_a_name_of_its_own_that_fits_and_the_namespace_that_its_kind_needs(string values)
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of(values));
        foreach (var item in rendering.Objects)
        {
            Assert.Matches(item.Kind == "Service" ? "^[a-z]([-a-z0-9]*[a-z0-9])?$" : "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", item.Name);
            Assert.InRange(item.Name.Length, 1, 63);
            Assert.True(KnownKinds.IsNamespaced(item.Kind) == item.Namespace.Length > 0, $"{item}: namespace '{item.Namespace}'");
        }

        Assert.Equal(rendering.Objects.Count, rendering.Objects.Select(item => item.ToString()).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Has_the_recommended_labels(string values)
    {
        foreach (var item in Own(await Helm.RenderAsync(ValueSets.Of(values))))
        {
            Assert.Empty(Recommended.Where(label => !item.Labels.ContainsKey(label)).Select(label => $"{item}: {label}"));
            Assert.Equal("relay-operator", item.Labels["app.kubernetes.io/part-of"]);
            Assert.All(item.Labels.Values, value => Assert.Matches("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$", value));
        }
    }

    [Fact]
    public async Task Has_the_common_labels_and_annotations_and_so_do_pods()
    {
        foreach (var item in Own(await Helm.RenderAsync(ValueSets.Everything)))
        {
            Assert.True(item.Labels.GetValueOrDefault("team") == "mail", item.ToString());
            Assert.True(item.Annotations.GetValueOrDefault("cost-centre") == "4711", item.ToString());
            if (item.Pod?["metadata"] is { } pod)
            {
                Assert.True(Manifest.Text(pod["labels"]!["team"]) == "mail", $"the pod of {item}");
                Assert.True(Manifest.Text(pod["annotations"]!["cost-centre"]) == "4711", $"the pod of {item}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Of_those_with_pods_runs_restricted_with_requests_and_a_memory_limit(string values)
    {
        foreach (var item in (await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => item.Pod is not null))
        {
            Assert.Empty(RestrictedPod.Faults(item).Select(fault => $"{item}: {fault}"));
            Assert.All(item.Containers, container => Assert.NotNull(container["resources"]!["requests"]!["memory"] ?? container["resources"]!["limits"]!["memory"]));
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Selects_by_labels_that_outlive_an_upgrade_and_that_its_pods_have(string values)
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of(values));
        foreach (var item in rendering.Objects)
        {
            foreach (var selector in Selectors(item))
            {
                Assert.Empty(selector.Keys.Intersect(["app.kubernetes.io/version", "helm.sh/chart", "app.kubernetes.io/managed-by", "team"]));
            }

            if (item.Kind == "Deployment")
            {
                var labels = Manifest.Map(item.Pod!["metadata"]!["labels"]);
                Assert.All(Manifest.Map(item.Spec!["selector"]!["matchLabels"]), wanted => Assert.Equal(wanted.Value, labels.GetValueOrDefault(wanted.Key)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task That_selects_pods_finds_the_operators_and_no_others(string values)
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of(values));
        var pods = rendering.Objects.Where(item => item.Pod is not null)
            .ToDictionary(item => item.ToString(), item => item.Kind == "Pod" ? item.Labels : Manifest.Map(item.Pod!["metadata"]!["labels"]), StringComparer.Ordinal);
        foreach (var item in rendering.Installed.Where(item => item.Kind is "Deployment" or "Service" or "PodDisruptionBudget" or "NetworkPolicy" or "PodMonitor"))
        {
            var selector = Selectors(item).First();
            var found = pods.Where(pod => selector.All(wanted => pod.Value.GetValueOrDefault(wanted.Key) == wanted.Value)).Select(pod => pod.Key);
            Assert.Equal([rendering.Operator.ToString()], found);
        }
    }

    /// <summary>All that is not the user's own.</summary>
    private static IEnumerable<Manifest> Own(Rendering rendering) => rendering.Objects.Where(item => item.Kind != "ConfigMap");

    private static IEnumerable<IReadOnlyDictionary<string, string>> Selectors(Manifest item) =>
        new JsonNode?[] { item.Spec?["selector"], item.Spec?["podSelector"] }
            .OfType<JsonObject>()
            .Select(selector => Manifest.Map(selector["matchLabels"] ?? selector));
}
