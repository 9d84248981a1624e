using System.Collections.Immutable;
using System.Net;
using CsCheck;
using RelayOperator.Api.Config;

namespace RelayOperator.Api.Tests;

/// <summary>Pools as an operator may render them, every field of them at random.</summary>
internal static class RenderedPools
{
    private static readonly Gen<string> Any = Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 20];
    private static readonly Gen<string> Name = Gen.String[Gen.Char['a', 'z'], 1, 8];
    private static readonly Gen<ImmutableArray<string>> Domains = Name.Select(name => $"*.{name}.example").Array[0, 3].Select(Distinct);

    private static readonly Gen<HubLimitsConfig> HubLimits = Gen.Select(Gen.Int[1, 10000], Gen.Int[0, 1000000], Gen.Int[1, 1000000], Gen.Int[1, 86400])
        .Select((connections, rate, messages, age) => new HubLimitsConfig(connections, rate, messages, age));

    private static readonly Gen<HubConfig> Hub =
        from name in Name
        from port in Gen.Int[1, 65535]
        from discovery in Gen.Enum<HubDiscovery>()
        from weight in Gen.Int[0, 10000]
        from tier in Gen.Int[0, 100]
        from zone in Any
        from state in Gen.Enum<HubAdministrativeState>()
        from mechanism in Gen.Enum<SaslMechanismName>()
        from login in Gen.Bool
        from password in Any
        from tokens in Gen.Bool
        from xclient in Gen.Bool
        from limits in HubLimits
        select new HubConfig
        {
            Name = name,
            Host = $"{name}.example",
            Port = port,
            Discovery = discovery,
            Weight = weight,
            Tier = tier,
            Zone = zone,
            State = state,
            Tls = new HubTlsConfig(login ? HubTlsMode.Required : HubTlsMode.Opportunistic, $"{name}.test", "", "", ""),
            Credentials = !login ? null
                : tokens ? new HubCredentialsConfig(SaslMechanismName.XOAuth2, $"u{password}", "") { Oauth2 = Source(name, password) }
                : new HubCredentialsConfig(mechanism, $"u{password}", $"p{password}"),
            SendXclient = xclient,
            Limits = limits,
        };

    private static readonly Gen<ListenerTlsConfig?> Tls =
        from served in Gen.Bool
        from required in Gen.Bool
        from version in Gen.Enum<TlsVersion>()
        from more in Gen.Bool
        from asks in Gen.Bool
        select served ? new ListenerTlsConfig(required, version, more ? [Pair(Certificates.One), Pair(Certificates.Other)] : [Pair(Certificates.One)], asks ? Certificates.Other.Certificate : "") : null;

    private static readonly Gen<ListenerAuthConfig?> Auth =
        from served in Gen.Bool
        from required in Gen.Bool
        from plaintext in Gen.Bool
        from name in Name
        select served ? new ListenerAuthConfig(required, plaintext, $"{name}:$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.\n") : null;

    private static readonly Gen<LimitsConfig> Limits =
        from sessions in Gen.Int[1, 100000]
        from recipients in Gen.Int[1, 100000]
        from bytes in Gen.Long[1024, 2147483648]
        from idle in Gen.Int[1, 86400]
        from memory in Gen.Long[1048576, 1099511627776]
        select new LimitsConfig(sessions, recipients, recipients, bytes, idle, idle, memory, memory);

    private static readonly Gen<SpoolConfig?> Spool = Gen.OneOf<SpoolConfig?>(
        Gen.Const((SpoolConfig?)null),
        Gen.Long[1, long.MaxValue].Select(bytes => (SpoolConfig?)new SpoolConfig(bytes, "")),
        Gen.Select(Name, Name).Select(names => (SpoolConfig?)new SpoolConfig(0, $"postgresql://{names.Item1}:{names.Item2}@db.example/spool")));

    /// <summary>Any pool that is valid.</summary>
    public static Gen<RenderedPool> Valid { get; } =
        from sequence in Gen.Long[0, long.MaxValue]
        from draining in Name.Array[0, 3]
        from zones in Gen.Select(Any.Where(name => name.Length > 0), Any).Array[0, 3]
        from hubs in Hub.Array[0, 4].Select(hubs => hubs.DistinctBy(hub => hub.Name).ToImmutableArray())
        from domains in Domains
        from limits in Limits
        from probe in Gen.Select(Gen.Enum<ProbeDepth>(), Gen.Int[1, 100])
        from policy in Gen.Select(Gen.Enum<BalancingPolicy>(), Gen.Int[1, 32], Gen.Bool)
        from network in Gen.Select(Gen.Byte, Gen.Enum<BareLineEndings>())
        from port in Gen.Int[1, 65535]
        from tls in Tls
        from auth in Auth
        from seconds in Gen.Int[1, 1000]
        from text in Any
        from spool in Spool
        from delivery in Delivery(spool)
        select new RenderedPool
        {
            Sequence = sequence,
            Draining = [.. draining],
            Deleted = draining.Length > 2,
            Zones = zones.DistinctBy(zone => zone.Item1).ToImmutableSortedDictionary(zone => zone.Item1, zone => zone.Item2, StringComparer.Ordinal),
            Config = new PoolConfig
            {
                Name = "corp",
                Namespace = "mail",
                Uid = $"u{text}",
                HeloName = "relay.corp.example",
                Postmaster = "postmaster@corp.example",
                Listeners = [new ListenerConfig("smtp", port, tls is null ? ListenerProtocol.SMTP : ListenerProtocol.SMTPS) { Tls = tls, Auth = auth }, new ListenerConfig("more", port == 1 ? 2 : port - 1, ListenerProtocol.SMTP)],
                Access = [Rule(network.Item1, network.Item2, domains, limits)],
                Hubs = hubs,
                Routes = [new RouteConfig(RouteConfig.Default, [], [.. hubs.Select(hub => hub.Name)]), new RouteConfig("partners", domains, [])],
                Balancing = new BalancingConfig(policy.Item1, policy.Item2, policy.Item2, policy.Item3, seconds),
                Health = new HealthConfig(new ProbeConfig(probe.Item1, probe.Item2, probe.Item2, probe.Item2, probe.Item2), new EjectionConfig(1, seconds, seconds + 1)),
                Delivery = delivery,
                Spool = spool,
                Limits = limits,
                DrainSeconds = seconds,
                TerminationGraceSeconds = seconds + 1,
                Zone = text,
                Hash = $"h{text}",
            },
        };

    private static Gen<DeliveryConfig> Delivery(SpoolConfig? spool) =>
        from mode in spool is null ? Gen.Const(DeliveryMode.CutThrough) : Gen.Enum<DeliveryMode>()
        from retry in Gen.Int[1, 86400].Array[1, 64]
        from expire in Gen.Int[60, 2592000]
        from notice in Gen.Int[0, 2592000]
        from hops in Gen.Int[1, 1000]
        from told in Gen.Enum<NotificationMode>()
        select new DeliveryConfig(mode, [.. retry], expire, notice, hops, told);

    private static AccessRuleConfig Rule(byte octet, BareLineEndings endings, ImmutableArray<string> domains, LimitsConfig limits) => new()
    {
        Name = "lob",
        ClientCidrs = [IPNetwork.Parse($"10.{octet}.0.0/16"), IPNetwork.Parse($"2001:db8:{octet:x}::/48")],
        RequireAuth = domains.Length == 1,
        ClientCertificates = domains,
        RecipientDomains = domains,
        SenderDomains = domains,
        MaxMessageBytes = limits.MaxMessageBytes,
        MaxRecipients = limits.MaxRecipients,
        MaxConnections = limits.MaxConnections,
        MessagesPerMinute = octet,
        BareLineEndings = endings,
        HeaderRepair = octet % 3 == 0 ? null : new HeaderRepairConfig(octet % 3 == 1, octet % 2 == 0, octet % 2 == 0 ? "" : "X-Client-Address"),
        Route = octet % 2 == 0 ? "" : "partners",
    };

    private static HubOAuth2Config Source(string name, string text) =>
        new($"https://{name}.example/token", $"c{text}", $"s{text}", $"https://{name}.example/.default", text.Length % 2 == 0 ? "" : Certificates.One.Certificate);

    private static KeyPairConfig Pair((string Certificate, string Key) pair) => new(pair.Certificate, pair.Key);

    private static ImmutableArray<string> Distinct(string[] names) => [.. names.Distinct(StringComparer.Ordinal)];
}
