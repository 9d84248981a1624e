using System.Collections.Immutable;

namespace RelayOperator.Api;

/// <summary>One pool with what belongs to it: the HubTransports of its namespace, and the Secrets that either refers to.</summary>
public sealed record PoolObjects(RelayPool Pool, ImmutableArray<HubTransport> Hubs, ImmutableArray<Secret> Secrets)
{
    /// <summary>The hubs that a selection takes, in order of their names.</summary>
    public ImmutableArray<HubTransport> Selected(HubSelection selection) =>
        [.. Hubs.Where(hub => selection.Selector.Selects(hub.Metadata.Labels)).OrderBy(hub => hub.Metadata.Name, StringComparer.Ordinal)];

    /// <summary>The text under a key of a Secret; empty where nothing is referred to.</summary>
    public string SecretText(SecretReference? reference, string key) =>
        reference is null ? "" : Secrets.FirstOrDefault(secret => secret.Metadata.Name == reference.Name)?.Text(key) ?? "";
}
