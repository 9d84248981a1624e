using k8s.Models;

namespace RelayOperator.Operator.Tests.Cluster;

/// <summary>Workloads as small as they are accepted.</summary>
internal static class Workloads
{
    public static V1StatefulSet StatefulSet(string name, int replicas, bool parallel = true) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            Replicas = replicas,
            ServiceName = name,
            PodManagementPolicy = parallel ? "Parallel" : "OrderedReady",
            Selector = new() { MatchLabels = Labels(name) },
            Template = Template(name),
            VolumeClaimTemplates =
            [
                new()
                {
                    Metadata = new() { Name = "spool" },
                    Spec = new()
                    {
                        AccessModes = ["ReadWriteOnce"],
                        Resources = new() { Requests = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal) { ["storage"] = new("1Gi") } },
                    },
                },
            ],
        },
    };

    public static V1Deployment Deployment(string name, int replicas) => new()
    {
        Metadata = new() { Name = name },
        Spec = new() { Replicas = replicas, Selector = new() { MatchLabels = Labels(name) }, Template = Template(name) },
    };

    public static Dictionary<string, string> Labels(string name) => new(StringComparer.Ordinal) { ["app"] = name };

    private static V1PodTemplateSpec Template(string name) => new()
    {
        Metadata = new() { Labels = Labels(name) },
        Spec = new() { TerminationGracePeriodSeconds = 5, Containers = [new() { Name = "relay", Image = "relay:1" }] },
    };
}
