using RelayOperator.Api;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class PodMonitorMissingConditionTests
{
    [Theory]
    [InlineData(PodMonitorMode.Enabled, false, true)]
    [InlineData(PodMonitorMode.Enabled, true, false)]
    [InlineData(PodMonitorMode.Auto, false, false)]
    [InlineData(PodMonitorMode.Disabled, false, false)]
    public void It_is_told_only_where_one_is_asked_for_that_the_cluster_does_not_know(PodMonitorMode mode, bool isServed, bool isTold)
    {
        var pool = Facts.Serving(spec => spec with { PodMonitor = new PodMonitorSpec { Mode = mode } }) with { PodMonitorsServed = isServed };
        var told = Facts.Told("PodMonitorMissing", pool);
        Assert.Equal(isTold, told is not null);
        if (isTold)
        {
            Facts.Begins("True NotServed: spec.podMonitor.mode is Enabled, but the cluster does not serve monitoring.coreos.com/v1 podmonitors", told);
        }
    }
}
