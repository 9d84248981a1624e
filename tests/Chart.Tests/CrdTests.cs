using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>The CRDs as the chart brings them; what is in them is for Api.Tests to judge.</summary>
public sealed class CrdTests
{
    private const string Policy = "helm.sh/resource-policy";

    private static int Files { get; } = Directory.EnumerateFiles(Path.Combine(Helm.Chart, "templates"), "*.yaml", SearchOption.AllDirectories)
        .Count(file => File.ReadAllText(file).Contains("kind: CustomResourceDefinition", StringComparison.Ordinal));

    [Theory]
    [InlineData("{}", true)]
    [InlineData("crds: { keep: false }", false)]
    [InlineData("commonAnnotations: { helm.sh/resource-policy: delete }", true)]
    public async Task They_come_with_the_chart_and_stay_when_it_goes_unless_told_otherwise(string values, bool kept)
    {
        var crds = (await Helm.RenderAsync(values)).Of("CustomResourceDefinition").ToArray();
        Assert.Equal(Files, crds.Length);
        Assert.All(crds, crd => Assert.Equal(kept ? "keep" : null, crd.Annotations.GetValueOrDefault(Policy)));
    }

    [Fact]
    public async Task They_can_be_left_to_somebody_else() =>
        Assert.Empty((await Helm.RenderAsync("crds: { enabled: false }")).Of("CustomResourceDefinition"));
}
