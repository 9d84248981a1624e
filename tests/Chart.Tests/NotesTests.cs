using RelayOperator.Api;
using RelayOperator.Chart.Tests.Rendered;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>What helm says after an installation.</summary>
public sealed class NotesTests
{
    [Theory]
    [InlineData("{}", "every namespace", "namespace: relay-system")]
    [InlineData("namespaces: [mail, erp]", "the namespaces mail, erp", "namespace: mail")]
    public async Task They_say_what_is_served_and_what_to_apply_next(string values, string served, string space)
    {
        var notes = await RenderAsync(values);
        Assert.Contains($"serves the pools of {served}.", notes, StringComparison.Ordinal);
        Assert.Contains("kubectl apply -f pool.yaml", notes, StringComparison.Ordinal);
        Assert.Contains("helm test rel -n relay-system", notes, StringComparison.Ordinal);
        Assert.Contains(space, notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pool_in_them_is_whole_and_valid()
    {
        var notes = await RenderAsync("{}");
        var start = notes.IndexOf("apiVersion:", StringComparison.Ordinal);
        var sample = notes[start..notes.IndexOf("Then:", StringComparison.Ordinal)];
        var result = PoolFile.Parse(sample, "NOTES.txt");
        Assert.Empty(result.Faults.Select(fault => fault.ToString()));
        Assert.Single(result.Config!.Hubs);
        Assert.Empty(YamlText.Documents(sample).SelectMany(document => Definitions.Faults(new Manifest(document.AsObject()))));
    }

    [Fact]
    public async Task They_say_what_somebody_else_has_to_bring()
    {
        var notes = await RenderAsync("{ crds: { enabled: false }, rbac: { create: false }, tests: { enabled: false } }");
        Assert.Contains("The CRDs relaypools.relayoperator.io and hubtransports.relayoperator.io are not part of this release", notes, StringComparison.Ordinal);
        Assert.Contains("grant ServiceAccount rel-relay-operator", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("helm test", notes, StringComparison.Ordinal);
    }

    /// <summary>helm shows notes only to a cluster: here a copy of the chart has them as the text of an object.</summary>
    private static async Task<string> RenderAsync(string values)
    {
        using var folder = new TempFolder();
        var chart = Path.Combine(folder.Path, "chart");
        foreach (var file in Directory.EnumerateFiles(Helm.Chart, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(chart, Path.GetRelativePath(Helm.Chart, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.Move(Path.Combine(chart, "templates", "NOTES.txt"), Path.Combine(chart, "notes.txt"));
        await File.WriteAllTextAsync(
            Path.Combine(chart, "templates", "notes.yaml"),
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: notes, namespace: test }
            data:
              notes: {{ tpl (.Files.Get "notes.txt") . | toJson }}
            """);
        return Manifest.Text((await Helm.RenderAsync(values, chart)).The("ConfigMap", "notes").Content["data"]!["notes"]);
    }
}
