using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>
/// The objects of the cluster and the history of their changes, under one revision that only rises. Changes are made
/// with <see cref="Gate"/> held, so that reading, judging and storing are one step.
/// </summary>
public sealed class ResourceStore
{
    private readonly Dictionary<string, Shelf> _shelves = new(StringComparer.Ordinal);
    private readonly OwnerIndex _owners = new();
    private long _revision = 1;

    /// <summary>Held during a write. Reentrant.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The revision of the newest change.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Told of every change, with the gate held: must neither block nor write.</summary>
    public event Action<ResourceKind, ResourceEvent>? Changed;

    public StoredObject? Get(ResourceKind kind, string space, string name)
    {
        lock (Gate)
        {
            return ShelfOf(kind).Get(space, name);
        }
    }

    /// <summary>All objects of a kind, in the order of namespace and name.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="space">Of one namespace; null for all.</param>
    public (IReadOnlyList<StoredObject> Objects, long Revision) List(ResourceKind kind, string? space = null)
    {
        lock (Gate)
        {
            return (ShelfOf(kind).List(space), _revision);
        }
    }

    /// <summary>The objects as they were at a revision; null where history does not reach back to it.</summary>
    public IReadOnlyList<StoredObject>? ListAt(ResourceKind kind, string? space, long revision)
    {
        lock (Gate)
        {
            return ShelfOf(kind).ListAt(space, revision);
        }
    }

    /// <summary>Stores a new state under a new resourceVersion.</summary>
    public StoredObject Put(ResourceKind kind, JsonObject json)
    {
        lock (Gate)
        {
            json.Ensure("metadata")["resourceVersion"] = (++_revision).ToString();
            var stored = new StoredObject(json);
            var shelf = ShelfOf(kind);
            var before = shelf.Put(stored);
            _owners.Replace(kind, before, stored);
            Tell(kind, shelf, new ResourceEvent(_revision, before, stored, false));
            return stored;
        }
    }

    /// <summary>Takes an object away. What is told of it carries the deletion's resourceVersion.</summary>
    public StoredObject? Remove(ResourceKind kind, string space, string name)
    {
        lock (Gate)
        {
            var shelf = ShelfOf(kind);
            if (shelf.Remove(space, name) is not { } before)
            {
                return null;
            }
            var last = before.Json.Copy();
            last.Ensure("metadata")["resourceVersion"] = (++_revision).ToString();
            var gone = new StoredObject(last);
            _owners.Replace(kind, before, null);
            Tell(kind, shelf, new ResourceEvent(_revision, before, gone, true));
            return gone;
        }
    }

    /// <summary>The object with that uid.</summary>
    public (ResourceKind Kind, StoredObject Object)? FindUid(string uid)
    {
        lock (Gate)
        {
            return _owners.Find(uid) is { } address && Get(address.Kind, address.Namespace, address.Name) is { } stored ? (address.Kind, stored) : null;
        }
    }

    /// <summary>The objects that name that uid in an owner reference.</summary>
    public IReadOnlyList<(ResourceKind Kind, StoredObject Object)> OwnedBy(string uid)
    {
        lock (Gate)
        {
            return [.. _owners.OwnedBy(uid).Select(a => (a.Kind, Get(a.Kind, a.Namespace, a.Name)!))];
        }
    }

    /// <summary>Everything in a namespace.</summary>
    public IReadOnlyList<(ResourceKind Kind, StoredObject Object)> ContentOf(string space, IEnumerable<ResourceKind> kinds)
    {
        lock (Gate)
        {
            return [.. kinds.Where(kind => kind.Namespaced).SelectMany(kind => ShelfOf(kind).List(space).Select(stored => (kind, stored)))];
        }
    }

    /// <summary>Forgets history, as etcd does every few minutes: older versions answer 410 from now on.</summary>
    public void Compact()
    {
        lock (Gate)
        {
            foreach (var shelf in _shelves.Values)
            {
                shelf.Compact(_revision);
            }
        }
    }

    /// <summary>A subscription from a revision on, or null where history does not reach back to it.</summary>
    public WatchSubscription? Watch(ResourceKind kind, long after)
    {
        lock (Gate)
        {
            return ShelfOf(kind).Watch(after, this);
        }
    }

    /// <summary>The oldest revision that a watch of this kind may start from.</summary>
    public long OldestOf(ResourceKind kind)
    {
        lock (Gate)
        {
            return ShelfOf(kind).Oldest;
        }
    }

    /// <summary>Ends a kind whose definition is gone: its watches end too.</summary>
    public void Drop(ResourceKind kind)
    {
        lock (Gate)
        {
            if (_shelves.Remove(kind.Resource, out var shelf))
            {
                shelf.EndWatches();
            }
        }
    }

    private void Tell(ResourceKind kind, Shelf shelf, ResourceEvent change)
    {
        shelf.Record(change);
        Changed?.Invoke(kind, change);
    }

    private Shelf ShelfOf(ResourceKind kind)
    {
        if (!_shelves.TryGetValue(kind.Resource, out var shelf))
        {
            _shelves[kind.Resource] = shelf = new Shelf();
        }
        return shelf;
    }
}
