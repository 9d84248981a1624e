namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>The objects of one kind, their recent changes, and who watches them. Its owner holds the gate.</summary>
internal sealed class Shelf
{
    /// <summary>Changes remembered per kind; the oldest half goes when there are more.</summary>
    private const int MaxHistory = 20_000;

    private readonly SortedDictionary<string, SortedDictionary<string, StoredObject>> _spaces = new(StringComparer.Ordinal);
    private readonly List<ResourceEvent> _history = [];
    private readonly HashSet<WatchSubscription> _watches = [];

    /// <summary>The revision up to which history is forgotten.</summary>
    public long Oldest { get; private set; }

    public StoredObject? Get(string space, string name) => _spaces.GetValueOrDefault(space)?.GetValueOrDefault(name);

    public IReadOnlyList<StoredObject> List(string? space) => space is null
        ? [.. _spaces.Values.SelectMany(names => names.Values)]
        : [.. _spaces.GetValueOrDefault(space)?.Values ?? Enumerable.Empty<StoredObject>()];

    /// <summary>Undoes the changes since a revision, newest first.</summary>
    public IReadOnlyList<StoredObject>? ListAt(string? space, long revision)
    {
        if (revision < Oldest)
        {
            return null;
        }
        var objects = List(space).ToDictionary(stored => (stored.Namespace, stored.Name));
        for (var i = _history.Count - 1; i >= 0 && _history[i].Revision > revision; i--)
        {
            var change = _history[i];
            var key = (change.After!.Namespace, change.After.Name);
            if (space is not null && key.Namespace != space)
            {
                continue;
            }
            if (change.Before is null)
            {
                objects.Remove(key);
            }
            else
            {
                objects[key] = change.Before;
            }
        }
        return [.. objects.OrderBy(o => o.Key.Namespace, StringComparer.Ordinal).ThenBy(o => o.Key.Name, StringComparer.Ordinal).Select(o => o.Value)];
    }

    public StoredObject? Put(StoredObject stored)
    {
        if (!_spaces.TryGetValue(stored.Namespace, out var names))
        {
            _spaces[stored.Namespace] = names = new(StringComparer.Ordinal);
        }
        var before = names.GetValueOrDefault(stored.Name);
        names[stored.Name] = stored;
        return before;
    }

    public StoredObject? Remove(string space, string name) =>
        _spaces.TryGetValue(space, out var names) && names.Remove(name, out var stored) ? stored : null;

    public void Record(ResourceEvent change)
    {
        _history.Add(change);
        if (_history.Count > MaxHistory)
        {
            Oldest = _history[MaxHistory / 2].Revision;
            _history.RemoveRange(0, (MaxHistory / 2) + 1);
        }
        foreach (var watch in _watches)
        {
            watch.Write(change);
        }
    }

    public void Compact(long revision)
    {
        _history.Clear();
        Oldest = revision;
    }

    public WatchSubscription? Watch(long after, ResourceStore store)
    {
        if (after < Oldest)
        {
            return null;
        }
        var watch = new WatchSubscription(store, this);
        var first = _history.FindLastIndex(change => change.Revision <= after) + 1;
        foreach (var change in _history.Skip(first))
        {
            watch.Write(change);
        }
        _watches.Add(watch);
        return watch;
    }

    public void Forget(WatchSubscription watch) => _watches.Remove(watch);

    public void EndWatches()
    {
        foreach (var watch in _watches)
        {
            watch.End();
        }
        _watches.Clear();
    }
}
