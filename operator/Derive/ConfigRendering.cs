using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using RelayOperator.Api;
using RelayOperator.Api.Checks;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// What the pool's Secret should hold: pool.json and the copies beside it. Faults leave the last good content in force,
/// as little of it as they concern: one key pair, one hub, or, where the pool itself lacks something, all of it.
/// </summary>
public sealed record ConfigRendering
{
    /// <summary>Most bytes of all keys; the API server takes 1 MiB with everything around them.</summary>
    public const int MostBytes = 900 * 1024;

    /// <summary>Keys and values; null where nothing was ever good.</summary>
    public ImmutableSortedDictionary<string, byte[]>? Data { get; private init; }

    /// <summary>Hash of the configuration that should be in force; empty where there is none.</summary>
    public string Hash { get; private init; } = "";

    /// <summary>Number of the write.</summary>
    public long Sequence { get; private init; }

    /// <summary>Pods that are leaving, each with the number of the write that first named it.</summary>
    public ImmutableSortedDictionary<string, long> Draining { get; private init; } = NobodyLeaves;

    /// <summary>What is wrong, for people.</summary>
    public ImmutableArray<string> Faults { get; private init; } = [];

    /// <summary>Whether all of it is what was written before, but for the pods that leave.</summary>
    public bool IsLastGood { get; private init; }

    /// <summary>Hubs that are left out because something of theirs is missing, by name.</summary>
    public ImmutableArray<string> HubsLeftOut { get; private init; } = [];

    private static ImmutableSortedDictionary<string, long> NobodyLeaves { get; } =
        ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    public static ConfigRendering Of(GatheredPool pool, OperatorSettings settings, WorkloadSize size, Shares shares)
    {
        if (!pool.Faults.IsEmpty)
        {
            return LastGood(pool, settings, size, pool.Faults);
        }

        var copies = new SecretCopies(pool);
        // Each is tried, so that every fault is told at once.
        var complete = SecretUse.Of(pool.Pool).Select(use => copies.Add(use, $"RelayPool {pool.Pool.Metadata.Name}")).ToArray().All(added => added);
        var hubs = pool.SelectedHubs()
            .ToLookup(hub => SecretUse.Of(hub).Select(use => copies.Add(use, $"HubTransport {hub.Metadata.Name}")).ToArray().All(added => added));
        ImmutableArray<string> leftOut = [.. hubs[false].Select(hub => hub.Metadata.Name)];
        if (!complete)
        {
            return LastGood(pool, settings, size, [.. copies.Faults]) with { HubsLeftOut = leftOut };
        }

        var config = Config(pool, [.. hubs[true]], copies, shares);
        var rendering = Numbered(pool, config, size, copies, settings) with { Faults = [.. copies.Faults], HubsLeftOut = leftOut };
        var bytes = rendering.Data!.Sum(entry => (long)entry.Key.Length + entry.Value.Length);
        return bytes <= MostBytes
            ? rendering
            : LastGood(
                pool,
                settings,
                size,
                [.. copies.Faults, $"the configuration has {bytes} bytes, allowed are {MostBytes}; use fewer or shorter access rules, hubs or certificates"]);
    }

    private static PoolConfig Config(GatheredPool pool, ImmutableArray<HubTransport> hubs, SecretCopies copies, Shares shares)
    {
        var limits = hubs.ToDictionary(hub => hub.Metadata.Name, hub => hub.Spec.Limits, StringComparer.Ordinal);
        var ports = pool.Pool.Spec.Listeners.ToDictionary(listener => listener.Name, listener => listener.EffectiveContainerPort(), StringComparer.Ordinal);
        var rendered = PoolConfigRenderer.Render(new PoolObjects(pool.Pool, hubs, copies.Secrets));
        var config = rendered with
        {
            Listeners = [.. rendered.Listeners.Select(listener => listener with { Port = ports[listener.Name] })],
            Hubs = [.. rendered.Hubs.Select(hub => shares.Share(hub, limits[hub.Name]))],
        };
        return config with { Hash = Hashed(config, copies) };
    }

    // Contents of Secrets are no part of the hash, since it is shown; a change of one shows by its resourceVersion.
    private static string Hashed(PoolConfig config, SecretCopies copies)
    {
        var text = new StringBuilder(ConfigHash.Of(config));
        foreach (var (name, version) in copies.Versions)
        {
            text.Append('\n').Append(name).Append('=').Append(version);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    // The number is raised only with something else: otherwise each look at a pool would write its Secret anew. It stays
    // above what any pod has in force, even if the Secret was deleted or restored from a backup: a relay never goes back.
    private static ConfigRendering Numbered(
        GatheredPool pool, PoolConfig config, WorkloadSize size, SecretCopies copies, OperatorSettings settings)
    {
        var written = pool.Written;
        var inForce = pool.Pods.Select(pod => pod.Answer?.Sequence ?? 0).DefaultIfEmpty(0).Max();
        var same = written is null || written.Sequence < inForce ? null : WithNumber(written.Sequence);
        return same is not null && Equal(same.Data!, written!.Data) ? same : WithNumber(Math.Max(written?.Sequence ?? 0, inForce) + 1);

        ConfigRendering WithNumber(long sequence) => new()
        {
            Data = copies.Data.Add(
                RenderedPool.Key,
                settings.WriteConfig(new RenderedPool
                {
                    FormatVersion = RenderedPool.FormatOf(config),
                    Sequence = sequence,
                    Draining = size.Draining,
                    Deleted = pool.IsBeingDeleted,
                    Zones = Zones(pool),
                    Cluster = Cluster(pool, settings),
                    HandOver = HandOver(pool, size),
                    Config = config,
                })),
            Hash = config.Hash,
            Sequence = sequence,
            Draining = Named(size, written, sequence),
        };
    }

    private static ImmutableSortedDictionary<string, long> Named(WorkloadSize size, WrittenConfig? written, long sequence) =>
        size.Draining.ToImmutableSortedDictionary(
            name => name, name => written?.Draining.GetValueOrDefault(name, sequence) ?? sequence, StringComparer.Ordinal);

    // Each pod that comes would change the configuration of all the others: only where zones are looked at.
    private static ImmutableSortedDictionary<string, string> Zones(GatheredPool pool)
    {
        var needed = pool.Pool.Spec.Balancing.PreferSameZone && pool.SelectedHubs().Any(hub => hub.Spec.Zone.Length > 0);
        return (needed ? pool.Pods : []).Where(pod => pod.Zone.Length > 0)
            .ToImmutableSortedDictionary(pod => pod.Name, pod => pod.Zone, StringComparer.Ordinal);
    }

    // In order: the same nodes give the same bytes.
    private static ClusterAddressesConfig? Cluster(GatheredPool pool, OperatorSettings settings) =>
        pool.NodeAddresses.IsEmpty && pool.PodNetworks.IsEmpty && settings.PodNetworks.IsEmpty
            ? null
            : new ClusterAddressesConfig(
                [.. pool.NodeAddresses.Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal)],
                [.. pool.PodNetworks.Concat(settings.PodNetworks.Select(IPNetwork.Parse)).Distinct().OrderBy(network => network.ToString(), StringComparer.Ordinal)]);

    // Peers are told only while somebody leaves, to its very end, since clients find it as long as it is there: otherwise
    // each pod that comes would change the configuration of all others.
    private static HandOverConfig? HandOver(GatheredPool pool, WorkloadSize size)
    {
        var peers = size.Draining.IsEmpty || pool.IsBeingDeleted
            ? Maps.Empty
            : pool.Pods.Where(pod => pod is { Ready: true, Terminating: false, NodeLost: false, Answer: not null } && !size.Draining.Contains(pod.Name, StringComparer.Ordinal))
                .Select(pod => (pod.Name, Address: IPAddress.TryParse(pod.Ip, out var ip) ? new IPEndPoint(ip, PoolPorts.HandOver) : null))
                .Where(peer => peer.Address is not null)
                .ToImmutableSortedDictionary(peer => peer.Name, peer => peer.Address!.ToString(), StringComparer.Ordinal);
        return pool.HandOverKey is { } key ? new HandOverConfig(key.CertificatePem, key.KeyPem, peers) : null;
    }

    private static bool SamePeers(HandOverConfig? one, HandOverConfig? other) =>
        one?.CertificatePem == other?.CertificatePem && (one?.Peers ?? Maps.Empty).SequenceEqual(other?.Peers ?? Maps.Empty);

    // A fault must not keep pods from leaving: a pool that cannot be rendered can still be scaled down, and deleted.
    private static ConfigRendering LastGood(GatheredPool pool, OperatorSettings settings, WorkloadSize size, ImmutableArray<string> faults)
    {
        if (pool.Written is not { } written)
        {
            return new ConfigRendering { IsLastGood = true, Faults = faults };
        }

        var kept = new ConfigRendering
        {
            IsLastGood = true,
            Data = written.Data,
            Hash = written.Hash,
            Sequence = written.Sequence,
            Draining = written.Draining,
            Faults = faults,
        };
        var handOver = HandOver(pool, size);
        if (PoolConfigJson.Parse(written.Data[RenderedPool.Key]).Pool is not { } before
            || (before.Draining.ToHashSet(StringComparer.Ordinal).SetEquals(size.Draining) && before.Deleted == pool.IsBeingDeleted && SamePeers(before.HandOver, handOver)))
        {
            return kept;
        }

        var sequence = written.Sequence + 1;
        return kept with
        {
            Data = written.Data.SetItem(RenderedPool.Key, settings.WriteConfig(before with { Sequence = sequence, Draining = size.Draining, Deleted = pool.IsBeingDeleted, HandOver = handOver })),
            Sequence = sequence,
            Draining = Named(size, written, sequence),
        };
    }

    private static bool Equal(ImmutableSortedDictionary<string, byte[]> one, ImmutableSortedDictionary<string, byte[]> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && entry.Value.AsSpan().SequenceEqual(value));
}
