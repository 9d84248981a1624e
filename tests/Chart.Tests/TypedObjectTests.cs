using RelayOperator.Chart.Tests.Rendered;
using Xunit;
using k8s;

namespace RelayOperator.Chart.Tests;

/// <summary>Every object of Kubernetes' own kinds is read strictly into its type: a field that the API does not know is a fault.</summary>
public sealed class TypedObjectTests
{
    private static readonly string[] OthersKinds = ["RelayPool", "HubTransport", "PodMonitor", "ServiceMonitor"];

    public static TheoryData<string> Values() => ValueSets.Names();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task No_object_has_a_field_that_the_API_does_not_know(string values)
    {
        foreach (var item in (await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => !OthersKinds.Contains(item.Kind)))
        {
            Assert.Null(Record.Exception(() => Read(item.Content.ToJsonString())));
        }
    }

    [Fact]
    public async Task A_field_that_is_misspelt_would_be_seen()
    {
        var text = (await Helm.RenderAsync("replicaCount: 2")).Of("PodDisruptionBudget").Single().Content.ToJsonString();
        Assert.NotEmpty(Read(text));
        Assert.NotNull(Record.Exception(() => Read(text.Replace("unhealthyPodEvictionPolicy", "unhealthyPodEviction", StringComparison.Ordinal))));
    }

    private static List<object> Read(string text) => KubernetesYaml.LoadAllFromString(text, strict: true);
}
