using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>Pods by their labels, and selectors by one of theirs, so that thousands of both meet without a search. Used with the gate held.</summary>
internal sealed class PodIndex
{
    private readonly ClusterState _cluster;
    private readonly Dictionary<(string Space, string Key, string Value), HashSet<string>> _pods = [];

    public PodIndex(ClusterState cluster)
    {
        _cluster = cluster;
        cluster.Store.Changed += (kind, change) =>
        {
            if (kind == BuiltInKinds.Pod)
            {
                Note(change);
            }
        };
    }

    /// <summary>The pods with all these labels; none for no labels.</summary>
    public IReadOnlyList<JsonObject> Find(string space, JsonNode? labels)
    {
        if (labels is not JsonObject { Count: > 0 } map)
        {
            return [];
        }
        var smallest = map.Select(label => _pods.GetValueOrDefault((space, label.Key, label.Value.Text() ?? ""))).MinBy(names => names?.Count ?? 0);
        var selector = LabelSelector.OfMap(labels);
        return smallest is null ? [] : [.. smallest.Order(StringComparer.Ordinal).Select(name => _cluster.Get(BuiltInKinds.Pod, space, name)).OfType<JsonObject>().Where(selector.Matches)];
    }

    private void Note(ResourceEvent change)
    {
        if (change.Before is { } before)
        {
            foreach (var label in Labels(before))
            {
                _pods.GetValueOrDefault((before.Namespace, label.Key, label.Value.Text() ?? ""))?.Remove(before.Name);
            }
        }
        if (!change.Deleted)
        {
            foreach (var label in Labels(change.After!))
            {
                var key = (change.After!.Namespace, label.Key, label.Value.Text() ?? "");
                if (!_pods.TryGetValue(key, out var names))
                {
                    _pods[key] = names = new(StringComparer.Ordinal);
                }
                names.Add(change.After.Name);
            }
        }
    }

    private static JsonObject Labels(StoredObject pod) => pod.Json.At("metadata", "labels") as JsonObject ?? [];
}
