using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cluster.Kinds;

/// <summary>The kinds that are served now: the built-in ones and those of established CustomResourceDefinitions.</summary>
public sealed class KindRegistry
{
    private ImmutableDictionary<(string Group, string Plural), ResourceKind> _kinds =
        BuiltInKinds.All.ToImmutableDictionary(kind => (kind.Group, kind.Plural));

    public IEnumerable<ResourceKind> All => Volatile.Read(ref _kinds).Values;

    public ResourceKind? Find(string group, string version, string plural) =>
        Volatile.Read(ref _kinds).GetValueOrDefault((group, plural)) is { } kind && kind.Version == version ? kind : null;

    /// <summary>By what an owner reference says.</summary>
    public ResourceKind? FindKind(string apiVersion, string kind) => All.FirstOrDefault(k => k.ApiVersion == apiVersion && k.Kind == kind);

    public void Serve(ResourceKind kind) => ImmutableInterlocked.AddOrUpdate(ref _kinds, (kind.Group, kind.Plural), kind, (_, _) => kind);

    public void Withdraw(string group, string plural) => ImmutableInterlocked.TryRemove(ref _kinds, (group, plural), out _);
}
