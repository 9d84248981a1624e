using System.Collections.Concurrent;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Watching;

/// <summary>
/// Objects of one kind as they were last heard of, found by name, by namespace, and by terms that each of them is known
/// under there. Contract: one thread writes; any may read meanwhile, and waits at most while some names are copied.
/// </summary>
/// <typeparam name="T">What is read of an object.</typeparam>
/// <param name="terms">What an object is found by within its namespace; must not be empty texts.</param>
public sealed class ObjectIndex<T>(Func<Watched<T>, IEnumerable<string>> terms)
{
    // Every object of a namespace is known under it.
    private const string Everything = "";

    private readonly ConcurrentDictionary<ObjectKey, Watched<T>> _objects = new();
    private readonly Dictionary<(string Namespace, string Term), List<ObjectKey>> _groups = [];
    private readonly Lock _lock = new();

    /// <summary>All objects.</summary>
    public IEnumerable<Watched<T>> All => _objects.Select(static entry => entry.Value);

    /// <summary>One object; null where there is none.</summary>
    public Watched<T>? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    /// <summary>The objects of one namespace.</summary>
    public IEnumerable<Watched<T>> In(string ns) => Known(ns, [Everything]);

    /// <summary>
    /// The objects of a namespace that may have all of some terms: every one that has, and of several terms' perhaps some
    /// more. None for no terms.
    /// </summary>
    public IEnumerable<Watched<T>> Candidates(string ns, params ReadOnlySpan<string> wanted) => Known(ns, wanted);

    /// <summary>An object is there, or has changed.</summary>
    public void Set(Watched<T> item)
    {
        var before = Find(item.Meta.Key);
        _objects[item.Meta.Key] = item;
        var (old, now) = (TermsOf(before), TermsOf(item));
        if (before is null || !old.SetEquals(now))
        {
            Move(item.Meta.Key, old, now);
        }
    }

    /// <summary>An object is gone.</summary>
    public void Remove(ObjectKey key)
    {
        if (_objects.TryRemove(key, out var before))
        {
            Move(key, TermsOf(before), []);
        }
    }

    private IEnumerable<Watched<T>> Known(string ns, ReadOnlySpan<string> wanted)
    {
        ObjectKey[] found = [];
        lock (_lock)
        {
            List<ObjectKey>? fewest = null;
            foreach (var term in wanted)
            {
                if (!_groups.TryGetValue((ns, term), out var group))
                {
                    return [];
                }

                fewest = fewest is null || group.Count < fewest.Count ? group : fewest;
            }

            found = fewest?.ToArray() ?? [];
        }

        return found.Select(Find).OfType<Watched<T>>();
    }

    private HashSet<string> TermsOf(Watched<T>? item) => item is null ? [] : [Everything, .. terms(item)];

    private void Move(ObjectKey key, HashSet<string> old, HashSet<string> now)
    {
        lock (_lock)
        {
            foreach (var term in old.Except(now))
            {
                var group = _groups[(key.Namespace, term)];
                group.Remove(key);
                if (group.Count == 0)
                {
                    _groups.Remove((key.Namespace, term));
                }
            }

            foreach (var term in now.Except(old))
            {
                if (!_groups.TryGetValue((key.Namespace, term), out var group))
                {
                    _groups[(key.Namespace, term)] = group = new List<ObjectKey>(1);
                }

                group.Add(key);
            }
        }
    }
}
