using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Operator.Admin;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Admin;

/// <summary>What /metrics exports is what docs/operations.md says, both ways.</summary>
public sealed partial class MetricsTests : RunningOperator
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Every_metric_is_documented_with_its_type_and_labels_and_none_is_documented_that_is_not_exported()
    {
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreatePoolAsync("corp");
        var run = Start();
        await using var server = await OperatorServer.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), run.Registry, static () => true, NullLoggerFactory.Instance);
        await Eventually.True(() => ExistsAsync(ResourceKind.PodDisruptionBudget, "corp"), "the pool is served");

        var text = await Http.GetStringAsync(new Uri($"{server.Address}/metrics"));
        var exported = Exported(text);
        var documented = Documented(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md")));

        Assert.Equal(documented.Keys.Order(StringComparer.Ordinal), exported.Keys.Order(StringComparer.Ordinal));
        Assert.All(exported, metric => Assert.Equal((metric.Key, documented[metric.Key]), (metric.Key, metric.Value)));
        Assert.Contains("leader_election_master_status{name=\"relay-operator\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("controller_runtime_max_concurrent_reconciles{controller=\"relaypool\"}", text, StringComparison.Ordinal);
        Assert.Contains("controller_runtime_max_concurrent_reconciles{controller=\"hubtransport\"}", text, StringComparison.Ordinal);
        Assert.Contains("controller_runtime_max_concurrent_reconciles{controller=\"podstatus\"}", text, StringComparison.Ordinal);
    }

    // Name to type and labels.
    private static Dictionary<string, (string Type, string Labels)> Exported(string text) => TypeLine().Matches(text).ToDictionary(
        type => type.Groups["name"].Value,
        type =>
        {
            var series = Regex.Match(text, $"^{type.Groups["name"].Value}(_bucket|_sum|_count)?\\{{(?<labels>[^}}]*)\\}} ", RegexOptions.Multiline, TimeSpan.FromSeconds(1));
            return (type.Groups["type"].Value, string.Join(", ", Label().Matches(series.Groups["labels"].Value).Select(label => label.Groups["label"].Value).Where(label => label != "le")));
        },
        StringComparer.Ordinal);

    private static Dictionary<string, (string Type, string Labels)> Documented(string page) => Row().Matches(page[page.IndexOf("\n## The operator\n", StringComparison.Ordinal)..]).ToDictionary(
        row => row.Groups["name"].Value,
        row => (row.Groups["type"].Value, row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal).Trim()),
        StringComparer.Ordinal);

    [GeneratedRegex(@"^# TYPE (?<name>\w+) (?<type>\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"(?<label>\w+)=""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| (?<type>counter|gauge|histogram) \|(?<labels>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
