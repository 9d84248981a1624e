using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class ConfigFaultTests
{
    [Fact]
    public void A_fault_reads_as_one_line_that_editors_can_jump_to() =>
        Assert.Equal(
            "corp.yaml:12: document 2 RelayPool/corp spec.listeners[0].port: found 0; allowed: a whole number from 1 to 65535",
            new ConfigFault(
                "corp.yaml", 2, 12, "RelayPool", "corp", "spec.listeners[0].port", "0", "a whole number from 1 to 65535").ToString());

    [Fact]
    public void A_fault_of_the_file_as_a_whole_names_only_the_file() =>
        Assert.Equal(
            "corp.yaml: found nothing; allowed: one RelayPool",
            new ConfigFault("corp.yaml", 0, 0, "", "", "", "nothing", "one RelayPool").ToString());
}
