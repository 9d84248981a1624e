using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Cluster.Workloads;

namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>The controllers that the stand-in plays, each to be switched off by itself.</summary>
public sealed class ClusterControllers : IAsyncDisposable
{
    private readonly IReadOnlyList<ClusterController> _workloads;

    internal ClusterControllers(ClusterState cluster)
    {
        Definitions = new DefinitionController(cluster);
        Namespaces = new NamespaceController(cluster);
        Garbage = new GarbageCollector(cluster);
        var pods = new PodIndex(cluster);
        Nodes = new NodeAgent(cluster);
        StatefulSets = new StatefulSetController(cluster, pods);
        ReplicaSets = new ReplicaSetController(cluster);
        Deployments = new DeploymentController(cluster);
        Claims = new ClaimController(cluster);
        Budgets = new DisruptionController(cluster, pods);
        Services = new ServiceController(cluster, pods);
        Autoscaler = new AutoscalerStub(cluster);
        _workloads = [StatefulSets, ReplicaSets, Deployments, Claims, Budgets, Services, Nodes];
    }

    public DefinitionController Definitions { get; }

    public NamespaceController Namespaces { get; }

    public GarbageCollector Garbage { get; }

    /// <summary>Schedules and runs pods.</summary>
    public NodeAgent Nodes { get; }

    public StatefulSetController StatefulSets { get; }

    public ReplicaSetController ReplicaSets { get; }

    public DeploymentController Deployments { get; }

    public ClaimController Claims { get; }

    public DisruptionController Budgets { get; }

    public ServiceController Services { get; }

    public AutoscalerStub Autoscaler { get; }

    /// <summary>Whether workloads, services and pods are played; definitions, namespaces and garbage always are.</summary>
    public bool IsEnabled
    {
        get => _workloads.All(controller => controller.IsEnabled);
        set
        {
            foreach (var controller in _workloads)
            {
                controller.IsEnabled = value;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var controller in _workloads.Concat([Definitions, Namespaces, Garbage]))
        {
            await controller.DisposeAsync();
        }
    }
}
