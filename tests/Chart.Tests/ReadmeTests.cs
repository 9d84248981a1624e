using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Chart.Tests;

public sealed class ReadmeTests
{
    private static string Script { get; } = Path.Combine(Repository.Root, "scripts", "chart-readme.sh");

    [Fact]
    public async Task The_table_of_values_is_current()
    {
        var (code, _, error) = await Command.RunAsync(Script, "--check");
        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task A_value_without_a_comment_and_a_table_that_is_not_current_are_refused()
    {
        using var folder = new TempFolder();
        var chart = Path.Combine(folder.Path, "charts", "relay-operator");
        Directory.CreateDirectory(chart);
        Directory.CreateDirectory(folder.File("scripts"));
        foreach (var file in new[] { "values.yaml", "README.md" })
        {
            File.Copy(Path.Combine(Helm.Chart, file), Path.Combine(chart, file));
        }

        var script = folder.File("scripts/chart-readme.sh");
        File.Copy(Script, script);
        Assert.Equal(0, (await Command.RunAsync(script, "--check")).Code);

        await File.AppendAllTextAsync(Path.Combine(chart, "values.yaml"), "# -- New.\nnewValue: a|b\n");
        Assert.Contains("is not current", (await Command.RunAsync(script, "--check")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Command.RunAsync(script)).Code);
        Assert.Contains("| `newValue` | string | `a\\|b` | New. |", await File.ReadAllLinesAsync(Path.Combine(chart, "README.md")));

        await File.AppendAllTextAsync(Path.Combine(chart, "values.yaml"), "another: 1\n");
        Assert.Contains("another has no comment", (await Command.RunAsync(script)).Error, StringComparison.Ordinal);
    }
}
