using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class ExampleTests
{
    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Repository.Path("examples"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_example_loads_without_a_fault(string file)
    {
        var result = PoolFile.Load(Repository.Path("examples", file));
        Assert.Empty(result.Faults.Select(fault => fault.ToString()));
        Assert.NotNull(result.Config);
        Assert.NotEmpty(result.Config.Hubs);
    }
}
