using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class ExampleTests
{
    private const string ForTheCluster = "production.yaml";

    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Repository.Path("examples"), "*.yaml").Select(file => Path.GetFileName(file)).Where(file => file != ForTheCluster)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_example_loads_without_a_fault(string file)
    {
        var result = PoolFile.Load(Repository.Path("examples", file));
        Assert.Empty(result.Faults.Select(fault => fault.ToString()));
        Assert.NotNull(result.Config);
        Assert.NotEmpty(result.Config.Hubs);
    }

    [Fact]
    public void The_one_for_production_asks_for_nothing_that_a_relay_of_this_machine_could_not_serve_but_its_spool() =>
        Assert.Equal(["spec.spool"], PoolFile.Load(Repository.Path("examples", ForTheCluster)).Faults.Select(fault => fault.Path));
}
