using System.Collections.Concurrent;
using System.Collections.Immutable;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Queue;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Reconciling;

/// <summary>Which pools have to be looked at when something changed.</summary>
public sealed class PoolTriggers(ClusterView view, WorkQueue<ObjectKey> pools, WorkQueue<ObjectKey> hubs)
{
    private readonly ConcurrentDictionary<ObjectKey, ImmutableSortedDictionary<string, string>> _labels = new();
    private readonly ConcurrentDictionary<(ResourceKind Kind, ObjectKey Key), string> _owners = new();

    /// <summary>Listens to the watches and the pods' answers.</summary>
    public void Attach(PodStatusGatherer answers)
    {
        view.Pools.Tell(pools.Add);
        view.Hubs.Tell(HubChanged);
        view.Secrets.Tell(SecretChanged);
        view.Pods.Tell(key => answers.Ask(key));
        view.Pods.Tell(key => OfLabel(ResourceKind.Pod, key, view.Pods.Find(key)?.Meta));
        view.Claims.Tell(key => OfLabel(ResourceKind.PersistentVolumeClaim, key, view.Claims.Find(key)?.Meta));
        view.Slices.Tell(key => OfLabel(ResourceKind.EndpointSlice, key, view.Slices.Find(key)?.Meta));
        answers.Changed += key => OfLabel(ResourceKind.Pod, key, view.Pods.Find(key)?.Meta);
        foreach (var (kind, objects) in view.Owned)
        {
            objects.Tell(key => OfLabel(kind, key, objects.Find(key)?.Meta));
            objects.TellServed(ServedChanged);
        }
    }

    /// <summary>The pool was looked at: what it knows of its hubs may be new, and some may be its own no more.</summary>
    public void PoolReconciled(PoolFacts? before, PoolFacts? now)
    {
        foreach (var hub in new[] { before, now }.OfType<PoolFacts>().SelectMany(facts => facts.Pool.SelectedHubs()))
        {
            hubs.Add(new ObjectKey(hub.Metadata.Namespace, hub.Metadata.Name));
        }
    }

    // Pools that select it, and those that did.
    private void HubChanged(ObjectKey key)
    {
        var now = view.Hubs.Find(key)?.Value.Read.Value?.Metadata.Labels ?? Nothing;
        var before = _labels.GetValueOrDefault(key, Nothing);
        _labels[key] = now;
        foreach (var pool in view.PoolsOf(key.Namespace, now).Concat(view.PoolsOf(key.Namespace, before)))
        {
            pools.Add(pool.Meta.Key);
        }

        hubs.Add(key);
    }

    private void SecretChanged(ObjectKey key)
    {
        foreach (var pool in view.PoolsOf(key))
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
    private void OfLabel(ResourceKind kind, ObjectKey key, ObjectMeta? meta)
    {
        var owner = meta?.Labels.GetValueOrDefault(PoolLabels.Instance) ?? _owners.GetValueOrDefault((kind, key));
        if (meta is null)
        {
            _owners.TryRemove((kind, key), out _);
        }
        else if (owner is not null)
        {
            _owners[(kind, key)] = owner;
        }

        if (owner is not null)
        {
            pools.Add(key with { Name = owner });
        }
    }

    private static ImmutableSortedDictionary<string, string> Nothing { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
