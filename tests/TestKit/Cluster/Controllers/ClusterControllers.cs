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
        _workloads = [];
    }

    public DefinitionController Definitions { get; }

    public NamespaceController Namespaces { get; }

    public GarbageCollector Garbage { get; }

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
