using Xunit;

namespace RelayOperator.Api.Tests.Crds;

public sealed class CrdExampleTests
{
    public static TheoryData<string> Files() =>
    [
        .. Directory.GetFiles(Repository.Path("examples"), "*.yaml"), Repository.Path("tests", "Api.Tests", "every-field.yaml"),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_example_is_valid_in_a_cluster_too(string file)
    {
        var objects = Crd.Objects(File.ReadAllText(file)).ToArray();
        Assert.NotEmpty(objects);
        foreach (var written in objects)
        {
            var (_, unknown, faults) = Crd.Of(written["kind"]!.GetValue<string>()).Admit(written);
            Assert.Empty(unknown);
            Assert.Empty(faults);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void An_example_may_be_applied_again(string file)
    {
        foreach (var written in Crd.Objects(File.ReadAllText(file)))
        {
            var crd = Crd.Of(written["kind"]!.GetValue<string>());
            Assert.Empty(crd.Admit(written, crd.Admit(written).Stored).Faults);
        }
    }

    [Fact]
    public void Defaults_are_those_that_the_relay_reads_into_what_is_left_out()
    {
        var stored = Crd.RelayPool.Admit(Crd.Objects(Pool.With("")).Single()).Stored;
        var spec = stored["spec"]!;
        Assert.Equal("2", spec["replicas"]!.ToJsonString());
        Assert.Equal("\"LoadBalancer\"", spec["vip"]!["type"]!.ToJsonString());
        Assert.Equal("\"Disabled\"", spec["listeners"]![0]!["tls"]!["mode"]!.ToJsonString());
        Assert.Equal("""{"failures":3,"baseSeconds":10,"maxSeconds":300}""", spec["health"]!["ejection"]!.ToJsonString());
        Assert.Null(spec["spool"]);
        Assert.Null(spec["autoscaling"]);
    }

    [Theory]
    [InlineData("heloNam: x", "spec.heloNam")]
    [InlineData("vip: { preserveClientIp: true }", "spec.vip.preserveClientIp")]
    [InlineData("access: [{ name: a, clientCIDRs: [10.0.0.0/8], routes: x }]", "spec.access[0].routes")]
    public void An_unknown_field_is_told_by_its_path(string spec, string path) =>
        Assert.Equal([path], Crd.RelayPool.Admit(Crd.Objects(Pool.With(spec)).Single()).Unknown);
}
