using System.Text.RegularExpressions;
using RelayOperator.Operator.Commands;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Commands;

/// <summary>What stands on the command line of <c>operator run</c>.</summary>
public sealed partial class RunCommandTests
{
    [Fact]
    public async Task Every_option_is_documented_and_none_is_documented_that_there_is_not()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md"), TestContext.Current.CancellationToken);
        var documented = Row().Matches(page[page.IndexOf("\n## The operator\n", StringComparison.Ordinal)..]).Select(row => row.Groups["name"].Value);

        Assert.Equal(RunCommand.Create().Options.Select(option => option.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("10.244.0.0/16,fd00:244::/56", null)]
    [InlineData("pods", "'pods' is no network")]
    public void Networks_of_pods_are_networks(string text, string? fault)
    {
        var errors = RunCommand.Create().Parse(["--relay-image", "example/relay:1.0.0", "--pod-networks", text]).Errors;
        Assert.Equal(fault is null ? 0 : 1, errors.Count);
        Assert.All(errors, error => Assert.Contains(fault!, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1:9080", null)]
    [InlineData("[::1]:0", null)]
    [InlineData("[::]:9080", null)]
    [InlineData("localhost:9080", "is not ADDRESS:PORT")]
    [InlineData("127.0.0.1", "is not ADDRESS:PORT")]
    [InlineData("::1:9080", "is not ADDRESS:PORT")]
    [InlineData("127.0.0.1:65536", "is not ADDRESS:PORT")]
    public void Where_to_listen_is_an_address_with_a_port(string text, string? fault)
    {
        var errors = RunCommand.Create().Parse(["--relay-image", "example/relay:1.0.0", "--admin", text]).Errors;

        Assert.Equal(fault is null, errors.Count == 0);
        Assert.All(errors, error => Assert.Contains(fault!, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("100", true)]
    [InlineData("0", false)]
    [InlineData("-1", false)]
    [InlineData("many", false)]
    public void One_pool_at_least_has_its_turn_after_an_upgrade(string number, bool isAllowed) =>
        Assert.Equal(isAllowed, RunCommand.Create().Parse(["--relay-image", "example/relay:1.0.0", "--max-concurrent-rollouts", number]).Errors.Count == 0);

    [GeneratedRegex(@"^\| `(?<name>--[\w-]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
