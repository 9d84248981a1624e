using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Queue;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Which pools have to be looked at when something changed.</summary>
public sealed class PoolTriggers(ClusterView view, WorkQueue<ObjectKey> pools, WorkQueue<ObjectKey> hubs)
{
    /// <summary>Listens to the watches and the pods' answers.</summary>
    public void Attach(PodStatusGatherer answers)
    {
        view.Pools.Tell(change => pools.Add(change.Key));
        view.Hubs.Tell(HubChanged);
        view.Secrets.Tell(change => AddAll(view.PoolsOf(change.Key)));
        view.Pods.Tell(change => answers.Ask(change.Key));
        view.Pods.Tell(AddOwner);
        view.Claims.Tell(AddOwner);
        view.Slices.Tell(AddOwner);
        answers.Changed += pod => AddOwner(pod, view.Pods.Find(pod)?.Meta);
        foreach (var objects in view.Owned.Values)
        {
            objects.Tell(AddOwner);
            objects.TellServed(ServedChanged);
        }
    }

    // Pools that select it, and those that did.
    private void HubChanged(Change<SeenHub> change)
    {
        foreach (var hub in new[] { change.Before, change.Now })
        {
            if (hub?.Value.Read.Value is { } value)
            {
                AddAll(view.PoolsOf(change.Key.Namespace, value.Metadata.Labels));
            }
        }

        hubs.Add(change.Key);
    }

    private void AddAll(IEnumerable<Watched<SeenPool>> all)
    {
        foreach (var pool in all)
        {
            pools.Add(pool.Meta.Key);
        }
    }

    // Pools may want an object of a kind that is new, and do without one that is gone.
    private void ServedChanged(string ns)
    {
        foreach (var pool in ns.Length == 0 ? view.Pools.All : view.Pools.In(ns))
        {
            pools.Add(pool.Meta.Key);
        }
    }

    // What is gone tells no more whose it was.
    private void AddOwner<T>(Change<T> change) => AddOwner(change.Key, (change.Now ?? change.Before)?.Meta);

    private void AddOwner(ObjectKey key, ObjectMeta? meta)
    {
        if (meta?.Labels.GetValueOrDefault(PoolLabels.Instance) is { } owner)
        {
            pools.Add(key with { Name = owner });
        }
    }
}
