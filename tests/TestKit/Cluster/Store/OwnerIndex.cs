using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>Objects by their uid and by the uids of their owners, so that collecting garbage needs no search.</summary>
internal sealed class OwnerIndex
{
    private readonly Dictionary<string, ObjectAddress> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectAddress>> _dependents = new(StringComparer.Ordinal);

    public ObjectAddress? Find(string uid) => _byUid.GetValueOrDefault(uid);

    public IReadOnlyCollection<ObjectAddress> OwnedBy(string uid) => _dependents.GetValueOrDefault(uid) is { } owned ? [.. owned] : [];

    public void Replace(ResourceKind kind, StoredObject? before, StoredObject? after)
    {
        if (before is not null)
        {
            _byUid.Remove(before.Json.Uid());
            foreach (var owner in Owners(before))
            {
                if (_dependents.TryGetValue(owner, out var owned) && owned.Remove(Address(kind, before)) && owned.Count == 0)
                {
                    _dependents.Remove(owner);
                }
            }
        }
        if (after is not null)
        {
            _byUid[after.Json.Uid()] = Address(kind, after);
            foreach (var owner in Owners(after))
            {
                if (!_dependents.TryGetValue(owner, out var owned))
                {
                    _dependents[owner] = owned = [];
                }
                owned.Add(Address(kind, after));
            }
        }
    }

    private static ObjectAddress Address(ResourceKind kind, StoredObject stored) => new(kind, stored.Namespace, stored.Name);

    private static IEnumerable<string> Owners(StoredObject stored) =>
        stored.Json.At("metadata", "ownerReferences").Items().Select(owner => owner.At("uid").Text()).OfType<string>();
}
