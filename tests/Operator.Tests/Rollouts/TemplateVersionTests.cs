using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

public sealed class TemplateVersionTests
{
    [Fact]
    public void Every_setting_names_another_origin()
    {
        var origin = TemplateVersion.OriginOf(Reading.Settings);
        var one = Reading.Map(("a", "b"));
        OperatorSettings[] others =
        [
            Reading.Settings with { RelayImage = "example/relay:2.0.0" },
            Reading.Settings with { Version = "2.0.0" },
            Reading.Settings with { Namespace = "other" },
            Reading.Settings with { PodLabels = one },
            Reading.Settings with { PrometheusNamespaceSelector = one },
            Reading.Settings with { PrometheusPodSelector = one },
            Reading.Settings with { Labels = one },
            Reading.Settings with { PodNetworks = ["10.244.0.0/16"] },
        ];
        Assert.Equal(typeof(OperatorSettings).GetProperties().Length, others.Length + 1);
        Assert.Equal(others.Length + 1, others.Select(TemplateVersion.OriginOf).Append(origin).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(origin, TemplateVersion.OriginOf(Reading.Settings with { }));
    }

    [Fact]
    public void What_does_not_enter_the_pods_does_not_change_the_hash()
    {
        Assert.Equal(HashOf(Reading.Settings, 2), HashOf(Reading.Settings with { Version = "2.0.0", Labels = Reading.Map(("a", "b")) }, 5));
        Assert.NotEqual(HashOf(Reading.Settings, 2), HashOf(Reading.Settings with { RelayImage = "example/relay:2.0.0" }, 2));
    }

    private static string HashOf(OperatorSettings settings, int replicas) =>
        TemplateVersion.Of("", PodTemplateOf.Pool(Reading.Pool(spec => spec with { Replicas = replicas }), settings)).Hash;
}
