using RelayOperator.Relay.Settings;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

public sealed class PodSettingsTests
{
    [Fact]
    public void The_rest_has_defaults()
    {
        var pod = PodEnvironment.Settings();
        Assert.Equal("/etc/relay", pod.ConfigFolder);
        Assert.Equal(9025, pod.Admin.Port);
        Assert.Equal("/run/relay/relay.sock", pod.ToolSocket);
        Assert.Equal(new Uri("https://kubernetes.default.svc"), pod.Api);
    }

    [Fact]
    public void The_API_server_is_where_the_cluster_says()
    {
        var environment = PodEnvironment.Smallest;
        environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";
        environment["KUBERNETES_SERVICE_PORT"] = "6443";
        Assert.Equal(new Uri("https://[fd00::1]:6443"), PodSettings.Read(name => environment.GetValueOrDefault(name), out _)!.Api);
    }

    [Fact]
    public void Everything_that_is_missing_or_wrong_is_told_at_once()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["POD_NAME"] = "corp-0",
            ["POD_UID"] = "",
            ["RELAY_BIND"] = "everywhere",
            ["RELAY_ADMIN"] = "here",
            ["RELAY_HAND_OVER"] = "there",
            ["RELAY_API"] = "ftp://x",
        };
        Assert.Null(PodSettings.Read(name => environment.GetValueOrDefault(name), out var faults));
        Assert.Equal(
            [
                "RELAY_POOL_SECRET is not set",
                "POD_NAMESPACE is not set",
                "POD_UID is not set",
                "RELAY_BIND: found 'everywhere'; allowed: an IP address such as 0.0.0.0 or ::",
                "RELAY_ADMIN: found 'here'; allowed: an address and port such as [::]:9025",
                "RELAY_HAND_OVER: found 'there'; allowed: an address and port such as [::]:9026",
                "RELAY_API: found 'ftp://x'; allowed: an address such as https://10.96.0.1:443",
            ],
            faults);
    }

    [Theory]
    [InlineData(30, 330, 30, 270)]
    [InlineData(0, 330, 0, 300)]
    [InlineData(29, 30, 20.25, 6.75)]
    [InlineData(5, 10, 5, 4)]
    [InlineData(30, 1, 0.375, 0.125)]
    public void A_leaving_pod_accepts_for_drainSeconds_and_ends_before_it_is_killed(int drain, int grace, double accepting, double ending)
    {
        var config = TestRelay.Pool([]) with { DrainSeconds = drain, TerminationGraceSeconds = grace };
        Assert.Equal(new LeavePlan(TimeSpan.FromSeconds(accepting), TimeSpan.FromSeconds(ending)), LeavePlan.For(config));
    }
}
