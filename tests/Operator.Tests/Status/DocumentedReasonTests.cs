using System.Text.RegularExpressions;
using RelayOperator.Operator.Status;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

/// <summary>docs/cluster.md says what every condition and every reason means, and names none that there is not.</summary>
public sealed partial class DocumentedReasonTests
{
    private const string HubHeading = "\n## Conditions of a HubTransport\n";

    private static readonly string Page = Conditions(File.ReadAllText(Path.Combine(Repository.Root, "docs", "cluster.md")));

    [Fact]
    public void Every_condition_of_a_pool_stands_in_the_order_in_which_it_is_told()
    {
        var ofPools = Page[..Page.IndexOf(HubHeading, StringComparison.Ordinal)];
        Assert.Equal(PoolConditions.All.Select(condition => condition.Type), Row().Matches(ofPools).Select(row => row.Groups["type"].Value).Where(type => type.Length > 0));
    }

    [Fact]
    public void Every_reason_of_pools_and_hubs_is_explained_and_no_other()
    {
        string[] folders = ["Status", "Reconciling"];
        var given = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, "operator", folder), "*.cs"))
            .SelectMany(file => Given().Matches(File.ReadAllText(file)))
            .SelectMany(verdict => Word().Matches(verdict.Groups["reason"].Value)).Select(word => word.Groups["word"].Value);
        var explained = Row().Matches(Page).SelectMany(row => Code().Matches(row.Groups["reasons"].Value)).Select(code => code.Groups["word"].Value);

        Assert.Equal(given.Distinct().Order(StringComparer.Ordinal), explained.Distinct().Order(StringComparer.Ordinal));
    }

    private static string Conditions(string page) => page[page.IndexOf("\n## Conditions of a RelayPool\n", StringComparison.Ordinal)..];

    [GeneratedRegex(@"^\| (?<type>\w*) ?\| (?<reasons>`[^|]*) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"Verdict\.(True|False|Unknown)\((?<reason>[^,]*),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Given();

    [GeneratedRegex(@"""(?<word>[A-Z]\w*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"`(?<word>[A-Z]\w*)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
