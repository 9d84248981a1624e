using System.Text.RegularExpressions;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Admin;

/// <summary>What /metrics exports is what docs/operations.md says, both ways.</summary>
public sealed partial class MetricsTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Every_metric_is_documented_with_its_type_and_labels_and_none_is_documented_that_is_not_exported()
    {
        await using var hub = new ScriptedHub();
        await using var spare = new ScriptedHub().On("MAIL", "421 4.3.2 no");
        await using var relay = await TestRelay.StartAsync([spare, hub]);
        using (var wire = await relay.GreetAsync())
        {
            for (var i = 0; i < 2; i++)
            {
                await wire.AskAsync("MAIL FROM:<a@b.test>");
                await wire.AskAsync("RCPT TO:<c@d.test>");
                await wire.AskAsync("DATA");
                Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
            }

            await wire.AskAsync("QUIT");
        }

        await Eventually.True(() => relay.Status.Sessions == 0, "the session is counted");
        var exported = Parse(await Http.GetStringAsync(new Uri($"{relay.Host.AdminAddress}/metrics")));
        var documented = Documented(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md")));

        Assert.Equal(documented.Keys.Order(StringComparer.Ordinal), exported.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, (type, labels)) in exported)
        {
            Assert.Equal((name, documented[name].Type), (name, type));
            if (labels is not null)
            {
                Assert.Equal(name + ": " + documented[name].Labels, name + ": " + labels);
            }
        }
    }

    [Fact]
    public async Task What_a_message_leads_to_is_counted()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        await wire.AskAsync("Subject: x\r\n\r\n.");
        await wire.AskAsync("NONSENSE");

        var text = await Http.GetStringAsync(new Uri($"{relay.Host.AdminAddress}/metrics"));

        Assert.Contains("relay_sessions{listener=\"smtp\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_messages_total{listener=\"smtp\",result=\"delivered\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_message_bytes_sum 14\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_hub_attempts_total{hub=\"ht1\",result=\"ok\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_commands_total{verb=\"DATA\",code_class=\"2xx\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_commands_total{verb=\"UNKNOWN\",code_class=\"5xx\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_hub_connections{hub=\"ht1\",state=\"idle\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("relay_config_info{hash=\"0\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_is_gone_takes_its_series_along()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        var address = new Uri($"{relay.Host.AdminAddress}/metrics");
        Assert.Contains("hub=\"ht1\"", await Http.GetStringAsync(address), StringComparison.Ordinal);

        await relay.ApplyAsync(config => config with { Hubs = [], Routes = [new("default", [], [])] });

        Assert.DoesNotContain("hub=\"ht1\"", await Http.GetStringAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_ends_at_a_hub_that_is_gone_brings_no_series_back()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        var address = new Uri($"{relay.Host.AdminAddress}/metrics");
        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        await relay.ApplyAsync(config => config with { Hubs = [], Routes = [new("default", [], [])] });
        await Http.GetStringAsync(address);

        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);

        Assert.DoesNotContain("hub=\"ht1\"", await Http.GetStringAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_happen_is_counted_from_0_on_and_every_transaction_once()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        var address = new Uri($"{relay.Host.AdminAddress}/metrics");
        var before = await Http.GetStringAsync(address);
        Assert.Contains("relay_messages_total{listener=\"smtp\",result=\"rejected\"} 0\n", before, StringComparison.Ordinal);
        Assert.Contains("relay_sessions_total{listener=\"smtp\",result=\"limited\"} 0\n", before, StringComparison.Ordinal);
        Assert.Contains("relay_hub_failovers_total{hub=\"ht1\"} 0\n", before, StringComparison.Ordinal);

        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RSET");

        Assert.Contains("relay_messages_total{listener=\"smtp\",result=\"abandoned\"} 1\n", await Http.GetStringAsync(address), StringComparison.Ordinal);
    }

    // Name to type and labels; null labels where no series is exported yet.
    private static Dictionary<string, (string Type, string? Labels)> Parse(string text)
    {
        var found = new Dictionary<string, (string Type, string? Labels)>(StringComparer.Ordinal);
        foreach (Match type in TypeLine().Matches(text))
        {
            var name = type.Groups["name"].Value;
            var series = Regex.Match(text, $"^{name}(_bucket|_sum|_count)?(\\{{(?<labels>[^}}]*)\\}})? ", RegexOptions.Multiline, TimeSpan.FromSeconds(1));
            var labels = Label().Matches(series.Groups["labels"].Value).Select(label => label.Groups["label"].Value).Where(label => label != "le");
            found[name] = (type.Groups["type"].Value, series.Success ? string.Join(", ", labels) : null);
        }

        return found;
    }

    private static Dictionary<string, (string Type, string Labels)> Documented(string page) =>
        Row().Matches(page[..page.IndexOf("\n## The operator\n", StringComparison.Ordinal)]).ToDictionary(
            row => row.Groups["name"].Value,
            row => (row.Groups["type"].Value, row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal).Trim()),
            StringComparer.Ordinal);

    [GeneratedRegex(@"^# TYPE (?<name>\w+) (?<type>\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"(?<label>\w+)=""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"^\| `(?<name>relay_\w+)` \| (?<type>\w+) \|(?<labels>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
