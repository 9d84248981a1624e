using System.Collections.Immutable;

namespace RelayOperator.Api.Config;

/// <summary>
/// What the operator hands to the pods of a pool: the configuration, and what of the pool's pods it depends on. Written
/// to and read from pool.json by <see cref="PoolConfigJson"/>.
/// </summary>
public sealed record RenderedPool
{
    /// <summary>Key of the Secret, and name of the file, that hold it.</summary>
    public const string Key = "pool.json";

    /// <summary>The newest format known here. A higher one means something that only a newer relay understands.</summary>
    public const int NewestFormat = 2;

    /// <summary>Raised only where a relay that does not know a field would do wrong by passing it over: <see cref="FormatOf"/>.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Raised by the operator with each write; a relay never goes back to a lower one.</summary>
    public required long Sequence { get; init; }

    /// <summary>Pods that are to be removed, by name.</summary>
    public ImmutableArray<string> Draining { get; init; } = [];

    /// <summary>The pool is being deleted: pods that leave have no peer, so they take no new mail.</summary>
    public bool Deleted { get; init; }

    /// <summary>Zones by the name of a pod, or of the node that it runs on.</summary>
    public ImmutableSortedDictionary<string, string> Zones { get; init; } = Maps.Empty;

    /// <summary>Addresses that are the cluster's own; null where they are not known.</summary>
    public ClusterAddressesConfig? Cluster { get; init; }

    /// <summary>How spools are handed over; null where no pod keeps one on a volume.</summary>
    public HandOverConfig? HandOver { get; init; }

    public required PoolConfig Config { get; init; }

    /// <summary>
    /// The oldest format whose relays do right by a configuration: 2 where a listener's TLS, AUTH, PROXY or XCLIENT, or what
    /// a rule asks for beside the address, decides who may relay. Relays of format 1 knew nothing of these.
    /// </summary>
    public static int FormatOf(PoolConfig config) =>
        config.Listeners.Any(listener => listener is { Tls: not null } or { Auth: not null } || listener.Protocol != ListenerProtocol.SMTP || listener.ProxyCidrs.Length + listener.XclientCidrs.Length > 0)
        || config.Access.Any(rule => rule.RequireAuth || rule.ClientCertificates.Length > 0)
            ? 2
            : 1;

    /// <summary>The configuration as one pod serves it: with the zone of the pod, or else of its node, and the cluster's own addresses.</summary>
    public PoolConfig ConfigFor(string pod, string node) =>
        Config with { Zone = Zones.GetValueOrDefault(pod) ?? Zones.GetValueOrDefault(node) ?? Config.Zone, Cluster = Cluster };
}
