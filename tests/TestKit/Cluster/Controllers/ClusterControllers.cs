namespace RelayOperator.TestKit.Cluster.Controllers;

/// <summary>The controllers that the stand-in plays, each to be switched off by itself.</summary>
public sealed class ClusterControllers : IAsyncDisposable
{
    internal ClusterControllers(ClusterState cluster)
    {
        Definitions = new DefinitionController(cluster);
        Namespaces = new NamespaceController(cluster);
        Garbage = new GarbageCollector(cluster);
    }

    public DefinitionController Definitions { get; }

    public NamespaceController Namespaces { get; }

    public GarbageCollector Garbage { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var controller in new ClusterController[] { Definitions, Namespaces, Garbage })
        {
            await controller.DisposeAsync();
        }
    }
}
