using RelayOperator.Api;
using RelayOperator.Chart.Tests.Rendered;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>The chart as a whole.</summary>
public sealed class ChartTests
{
    public static TheoryData<string> Values() => ValueSets.Names();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task It_passes_helm_lint(string values)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("values.yaml"), ValueSets.Of(values));
        var (code, output, error) = await Helm.RunAsync("lint", "--strict", Helm.Chart, "--values", folder.File("values.yaml"));
        Assert.True(code == 0, output + error);
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.28.15", false)]
    [InlineData("1.29.0", true)]
    [InlineData("v1.29.4-gke.1043000", true)]
    [InlineData("1.36.1", true)]
    public async Task It_is_for_Kubernetes_from_1_29_on(string version, bool taken)
    {
        var (code, _, error) = await Helm.RunAsync("template", Helm.Release, Helm.Chart, "--kube-version", version);
        Assert.True(taken == (code == 0), error);
        if (!taken)
        {
            Assert.Contains("kubeVersion: >=1.29.0-0", error, StringComparison.Ordinal);
        }
    }

    // For kubectl apply: a pool cannot be applied in one go with the definition of what a pool is.
    [Fact]
    public async Task Without_hooks_what_is_left_needs_no_CRD_that_it_brings()
    {
        var (code, output, error) = await Helm.RunAsync("template", Helm.Release, Helm.Chart, "--kube-version", Helm.Kubernetes, "--no-hooks");
        Assert.True(code == 0, error);
        var objects = new Rendering(output).Objects;
        Assert.Equal((await Helm.RenderAsync(ValueSets.Defaults)).Installed.Count(), objects.Count);
        Assert.DoesNotContain(objects, item => item.ApiVersion == RelayPool.GroupVersion);
    }

    [Fact]
    public async Task It_has_the_version_of_the_programs()
    {
        var chart = YamlText.Documents(await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "Chart.yaml"))).Single();
        var version = ProjectVersion.Read();
        Assert.Equal((version, version), (Manifest.Text(chart["version"]), Manifest.Text(chart["appVersion"])));
    }

    [Fact]
    public async Task A_package_of_it_has_everything_and_nothing_else()
    {
        using var folder = new TempFolder();
        var (code, output, error) = await Helm.RunAsync("package", Helm.Chart, "--destination", folder.Path);
        Assert.True(code == 0, output + error);
        var (_, list, _) = await Command.RunAsync("tar", "tzf", folder.File($"relay-operator-{ProjectVersion.Read()}.tgz"));
        var packed = list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(file => file["relay-operator/".Length..]);
        var files = Directory.EnumerateFiles(Helm.Chart, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Helm.Chart, file));
        Assert.Equal(files.Order(StringComparer.Ordinal), packed.Order(StringComparer.Ordinal));
    }
}
