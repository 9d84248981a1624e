using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>Objects that select pods, each kept under the rarest label of its selector. Used with the gate held.</summary>
internal sealed class SelectorIndex
{
    private readonly Dictionary<(string Space, string Key, string Value), HashSet<ObjectAddress>> _selecting = [];
    private readonly Dictionary<ObjectAddress, (string Space, string Key, string Value)> _places = [];

    /// <param name="address">Who selects.</param>
    /// <param name="labels">What it selects; null or empty for nothing.</param>
    public void Note(ObjectAddress address, JsonNode? labels)
    {
        if (_places.Remove(address, out var old))
        {
            _selecting[old].Remove(address);
        }
        if (labels is JsonObject { Count: > 0 } map)
        {
            var place = map.Select(label => (address.Namespace, label.Key, label.Value.Text() ?? "")).MinBy(key => _selecting.GetValueOrDefault(key)?.Count ?? 0);
            _places[address] = place;
            if (!_selecting.TryGetValue(place, out var all))
            {
                _selecting[place] = all = [];
            }
            all.Add(address);
        }
    }

    /// <summary>Those that may select a pod with these labels: all that do, and some more.</summary>
    public IEnumerable<ObjectAddress> Candidates(StoredObject pod) => pod.Json.At("metadata", "labels") is JsonObject labels
        ? labels.SelectMany(label => _selecting.GetValueOrDefault((pod.Namespace, label.Key, label.Value.Text() ?? ""), []))
        : [];
}
