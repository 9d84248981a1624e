using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Watching;

/// <summary>The objects of one kind in all namespaces that are served: one watch, or one for each namespace.</summary>
/// <typeparam name="T">What is read of an object.</typeparam>
public sealed class WatchedKind<T>
{
    private readonly Dictionary<string, ResourceWatcher<T>> _watchers;

    public WatchedKind(
        ClusterClient client,
        ResourceKind kind,
        IEnumerable<string> namespaces,
        string labelSelector,
        bool metadataOnly,
        Func<JsonElement, T?, T> read,
        Func<Watched<T>, IEnumerable<string>> terms,
        WatchTimes times,
        TimeProvider time,
        ILogger logger)
    {
        _watchers = namespaces.ToDictionary(
            ns => ns,
            ns => new ResourceWatcher<T>(client, kind, ns, labelSelector, metadataOnly, read, terms, times, time, new Random(), logger),
            StringComparer.Ordinal);
    }

    /// <summary>Completes when all have been listed once.</summary>
    public Task Synced => Task.WhenAll(_watchers.Values.Select(watcher => watcher.Synced));

    public IEnumerable<Watched<T>> All => _watchers.Values.SelectMany(watcher => watcher.Objects.All);

    /// <summary>Has changes told to somebody.</summary>
    public void Tell(Action<Change<T>> changed)
    {
        foreach (var watcher in _watchers.Values)
        {
            watcher.Changed += changed;
        }
    }

    /// <summary>Has somebody told of the namespaces ("" for all) where the cluster knows the kind now, or knows it no more.</summary>
    public void TellServed(Action<string> changed)
    {
        foreach (var (ns, watcher) in _watchers)
        {
            watcher.ServedChanged += () => changed(ns);
        }
    }

    /// <summary>Whether the cluster knows the kind.</summary>
    public bool IsServed(string ns) => WatcherOf(ns)?.IsServed ?? false;

    public Watched<T>? Find(ObjectKey key) => Of(key.Namespace)?.Find(key);

    /// <summary>The objects of one namespace.</summary>
    public IEnumerable<Watched<T>> In(string ns) => Of(ns)?.In(ns) ?? [];

    /// <summary>The objects of one namespace that may have all of some terms, see <see cref="ObjectIndex{T}.Candidates"/>.</summary>
    public IEnumerable<Watched<T>> Candidates(string ns, params ReadOnlySpan<string> terms) => Of(ns)?.Candidates(ns, terms) ?? [];

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_watchers.Values.Select(watcher => watcher.RunAsync(cancellationToken)));

    private ObjectIndex<T>? Of(string ns) => WatcherOf(ns)?.Objects;

    private ResourceWatcher<T>? WatcherOf(string ns) => _watchers.GetValueOrDefault(ns) ?? _watchers.GetValueOrDefault("");
}
