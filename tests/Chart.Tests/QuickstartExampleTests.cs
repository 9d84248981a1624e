using System.Globalization;
using k8s;
using RelayOperator.Chart.Tests.Rendered;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>What the README's second command applies.</summary>
public sealed class QuickstartExampleTests
{
    private static readonly Manifest[] Objects =
    [
        .. YamlText.Documents(File.ReadAllText(Path.Combine(Repository.Root, "examples", "cluster", "quickstart.yaml"))).Select(document => new Manifest(document.AsObject())),
    ];

    [Fact]
    public void Every_object_of_it_is_one_that_the_API_knows()
    {
        foreach (var item in Objects)
        {
            if (item.Kind is "RelayPool" or "HubTransport")
            {
                var definition = CustomResource.Load(Path.Combine(Repository.Root, "charts", "relay-operator", "templates", "crds", $"{item.Kind.ToLowerInvariant()}s.yaml"));
                var (_, unknown, faults) = definition.Admit(item.Content);
                Assert.Empty(unknown);
                Assert.Empty(faults);
            }
            else
            {
                Assert.Single(KubernetesYaml.LoadAllFromString(item.Content.ToJsonString(), strict: true));
            }
        }
    }

    [Fact]
    public void Its_pods_are_restricted_and_run_the_relay_that_the_chart_runs()
    {
        var pods = Objects.Where(item => item.Pod is not null).ToArray();
        Assert.NotEmpty(pods);
        Assert.All(pods, item => Assert.Empty(RestrictedPod.Faults(item)));
        Assert.All(
            pods.SelectMany(item => item.Containers), container => Assert.Equal($"ghcr.io/relayoperator/relay:{ProjectVersion.Read()}", Manifest.Text(container["image"])));
    }

    [Fact]
    public void Each_hub_is_a_pod_behind_the_headless_Service()
    {
        var set = Objects.Single(item => item.Kind == "StatefulSet");
        var service = Objects.Single(item => item.Kind == "Service");
        Assert.Equal(("None", service.Name), (Manifest.Text(service.Spec!["clusterIP"]), Manifest.Text(set.Spec!["serviceName"])));
        Assert.Equal(Manifest.Map(service.Spec["selector"]), Manifest.Map(set.Pod!["metadata"]!["labels"]));
        Assert.Equal(
            Enumerable.Range(0, int.Parse(Manifest.Text(set.Spec["replicas"]), CultureInfo.InvariantCulture)).Select(ordinal => $"{set.Name}-{ordinal}.{service.Name}"),
            Objects.Where(item => item.Kind == "HubTransport").Select(item => Manifest.Text(item.Spec!["host"])));
        var ports = Objects.Where(item => item.Kind == "HubTransport").Select(item => Manifest.Text(item.Spec!["port"])).Distinct();
        Assert.Equal([Manifest.Text(service.Spec["ports"]![0]!["port"])], ports);
    }

    [Fact]
    public void All_of_it_goes_with_its_namespace() =>
        Assert.All(Objects, item => Assert.Equal("relay-quickstart", item.Kind == "Namespace" ? item.Name : item.Namespace));

    [Fact]
    public void The_README_applies_it_and_waits_for_its_pool()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Contains("kubectl apply -f examples/cluster/quickstart.yaml\n", readme, StringComparison.Ordinal);
        Assert.Contains($"kubectl -n relay-quickstart wait --for=condition=Ready relaypool/{Objects.Single(item => item.Kind == "RelayPool").Name} ", readme, StringComparison.Ordinal);
    }
}
