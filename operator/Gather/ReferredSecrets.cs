using System.Collections.Concurrent;
using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Checks;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Gather;

/// <summary>The Secrets that pools and hubs refer to: read by name, and again only when their version changed.</summary>
public sealed class ReferredSecrets(ClusterClient client, ClusterView view)
{
    private readonly ConcurrentDictionary<ObjectKey, GatheredSecret> _read = new();

    /// <summary>Names of the Secrets that a pool with its hubs refers to.</summary>
    internal static IEnumerable<string> Names(RelayPool pool, IEnumerable<HubTransport> hubs) =>
        SecretUse.Of(pool).Concat(hubs.SelectMany(SecretUse.Of)).Select(use => use.Reference?.Name).OfType<string>().Distinct(StringComparer.Ordinal);

    public async Task<ImmutableArray<GatheredSecret>> ReadAsync(string ns, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var secrets = ImmutableArray.CreateBuilder<GatheredSecret>();
        foreach (var name in names)
        {
            if (await ReadAsync(new ObjectKey(ns, name), cancellationToken) is { } secret)
            {
                secrets.Add(secret);
            }
        }

        return secrets.ToImmutable();
    }

    private async Task<GatheredSecret?> ReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Secrets.Find(key) is not { } seen)
        {
            _read.TryRemove(key, out _);
            return null;
        }

        if (_read.TryGetValue(key, out var known) && known.ResourceVersion == seen.Meta.ResourceVersion)
        {
            return known;
        }

        if (await client.GetAsync(ResourceKind.Secret, key, cancellationToken) is not { } whole)
        {
            return null;
        }

        var data = JsonFields.Part(whole, "data");
        var secret = new GatheredSecret(
            new Secret
            {
                Metadata = new Api.ObjectMeta { Name = key.Name, Namespace = key.Namespace },
                Data = data.ValueKind != System.Text.Json.JsonValueKind.Object
                    ? ImmutableSortedDictionary<string, string>.Empty
                    : data.EnumerateObject().ToImmutableSortedDictionary(entry => entry.Name, entry => entry.Value.GetString() ?? "", StringComparer.Ordinal),
            },
            Cluster.ObjectMeta.Of(whole).ResourceVersion);
        _read[key] = secret;
        return secret;
    }
}
