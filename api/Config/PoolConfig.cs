using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace RelayOperator.Api.Config;

/// <summary>
/// What a relay needs to serve one pool: the RelayPool with its defaults filled in, its hubs resolved and its
/// secrets read. Immutable and validated whole, so that a reader holds one reference and never sees half a change.
/// Source: the renderer in this folder, from a validated RelayPool.
/// </summary>
public sealed record PoolConfig
{
    /// <summary>The pool's name (metadata.name).</summary>
    public required string Name { get; init; }

    /// <summary>The pool's namespace; "default" where a file names none.</summary>
    public required string Namespace { get; init; }

    /// <summary>Identifies the pool in Received lines and in EHLO; metadata.uid, or derived from namespace and name.</summary>
    public required string Uid { get; init; }

    /// <summary>How the pool names itself to clients and hubs.</summary>
    public required string HeloName { get; init; }

    /// <summary>Address that gets what has no other way back; empty where none is set.</summary>
    public required string Postmaster { get; init; }

    public required ImmutableArray<ListenerConfig> Listeners { get; init; }

    public required ImmutableArray<AccessRuleConfig> Access { get; init; }

    /// <summary>Every hub that some route uses, once, by name.</summary>
    public required ImmutableArray<HubConfig> Hubs { get; init; }

    /// <summary>The default route first (named "default"), then the pool's routes in file order.</summary>
    public required ImmutableArray<RouteConfig> Routes { get; init; }

    public required BalancingConfig Balancing { get; init; }

    public required HealthConfig Health { get; init; }

    public required DeliveryConfig Delivery { get; init; }

    /// <summary>Null where there is no spool.</summary>
    public SpoolConfig? Spool { get; init; }

    public required LimitsConfig Limits { get; init; }

    /// <summary>Networks from which a balancer checks the listeners: greeted without a rule, to relay nothing. Source: vip.healthCheckCIDRs.</summary>
    public ImmutableArray<System.Net.IPNetwork> HealthCheckCidrs { get; init; } = [];

    /// <summary>Seconds a leaving pod still accepts (vip.drainSeconds); standalone relays do not wait.</summary>
    public required int DrainSeconds { get; init; }

    /// <summary>Seconds from SIGTERM to the end at the latest (template.terminationGracePeriodSeconds).</summary>
    public required int TerminationGraceSeconds { get; init; }

    /// <summary>Addresses that are the cluster's own; null outside of one. No part of the hash: they change with the nodes.</summary>
    [JsonIgnore]
    public ClusterAddressesConfig? Cluster { get; init; }

    /// <summary>Zone this relay runs in, for balancing.preferSameZone; empty where unknown.</summary>
    public string Zone { get; init; } = "";

    /// <summary>SHA-256 over the rendered content without secrets, as lower-case hex; what /status and metrics report.</summary>
    public required string Hash { get; init; }
}

/// <summary>One SMTP listener. Source: spec.listeners[].</summary>
public sealed record ListenerConfig(string Name, int Port, ListenerProtocol Protocol)
{
    /// <summary>TLS towards clients; null for none.</summary>
    public ListenerTlsConfig? Tls { get; init; }

    /// <summary>Authentication of clients; null for none.</summary>
    public ListenerAuthConfig? Auth { get; init; }

    /// <summary>Networks of the proxies whose PROXY header tells who the client is; empty where connections have none.</summary>
    public ImmutableArray<System.Net.IPNetwork> ProxyCidrs { get; init; } = [];

    /// <summary>Networks of the clients that may tell by XCLIENT whom they speak for; empty for nobody.</summary>
    public ImmutableArray<System.Net.IPNetwork> XclientCidrs { get; init; } = [];
}

/// <summary>TLS towards the clients of a listener. PEM texts, already read from their Secrets.</summary>
/// <param name="IsRequired">Mail is taken over TLS only.</param>
/// <param name="MinVersion">Oldest version that is spoken.</param>
/// <param name="Certificates">At least one; the first is shown to whom none of the others fits.</param>
/// <param name="ClientCaPem">Authorities of client certificates; empty where clients are not asked for any.</param>
public sealed record ListenerTlsConfig(bool IsRequired, TlsVersion MinVersion, ImmutableArray<KeyPairConfig> Certificates, string ClientCaPem)
{
    /// <summary>Equal by what is in it, so that what did not change is not loaded anew.</summary>
    public bool Equals(ListenerTlsConfig? other) =>
        other is not null && IsRequired == other.IsRequired && MinVersion == other.MinVersion && ClientCaPem == other.ClientCaPem
        && Certificates.AsSpan().SequenceEqual(other.Certificates.AsSpan());

    public override int GetHashCode() => HashCode.Combine(IsRequired, MinVersion, Certificates.Length, ClientCaPem);

    /// <summary>Leaves certificates and keys out.</summary>
    public override string ToString() => $"ListenerTlsConfig {{ IsRequired = {IsRequired}, MinVersion = {MinVersion} }}";
}

/// <summary>Authentication of the clients of a listener.</summary>
/// <param name="IsRequired">Mail is taken from authenticated clients only.</param>
/// <param name="AllowPlaintext">AUTH is offered in the clear too.</param>
/// <param name="Users">The users, already read from their Secret; see UsersFile.</param>
public sealed record ListenerAuthConfig(bool IsRequired, bool AllowPlaintext, string Users)
{
    /// <summary>Leaves the users out.</summary>
    public override string ToString() => $"ListenerAuthConfig {{ IsRequired = {IsRequired}, AllowPlaintext = {AllowPlaintext} }}";
}

/// <summary>A certificate with its chain, and its key. PEM texts, already read from their Secret.</summary>
public sealed record KeyPairConfig(string CertificatePem, string KeyPem)
{
    /// <summary>Leaves the key out.</summary>
    public override string ToString() => nameof(KeyPairConfig);
}

/// <summary>One access rule. Source: spec.access[].</summary>
public sealed record AccessRuleConfig
{
    public required string Name { get; init; }

    public required ImmutableArray<System.Net.IPNetwork> ClientCidrs { get; init; }

    /// <summary>Only clients that have authenticated may send.</summary>
    public bool RequireAuth { get; init; }

    /// <summary>Names of client certificates that the rule takes; empty where none is needed.</summary>
    public ImmutableArray<string> ClientCertificates { get; init; } = [];

    /// <summary>Domains (lower case; "*.x" covers subdomains of x) that recipients may have; empty means any.</summary>
    public required ImmutableArray<string> RecipientDomains { get; init; }

    /// <summary>Domains that senders may have; empty means any. The null sender is always allowed.</summary>
    public required ImmutableArray<string> SenderDomains { get; init; }

    public required long MaxMessageBytes { get; init; }

    public required int MaxRecipients { get; init; }

    /// <summary>Sessions of this rule's clients together.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>Messages a minute of this rule's clients together; 0 means no limit.</summary>
    public required int MessagesPerMinute { get; init; }

    public required BareLineEndings BareLineEndings { get; init; }

    /// <summary>Header fields that are added; null for none.</summary>
    public HeaderRepairConfig? HeaderRepair { get; init; }

    /// <summary>Name of the route that beats routing by domain; empty where domains decide.</summary>
    public required string Route { get; init; }
}

/// <summary>Header fields that the relay adds. Source: spec.access[].headerRepair; ClientAddressField is "" where there is none.</summary>
public sealed record HeaderRepairConfig(bool AddDate, bool AddMessageId, string ClientAddressField);

/// <summary>Where recipients of some domains go. Source: spec.hubs (the default route) and spec.routes[].</summary>
public sealed record RouteConfig(string Name, ImmutableArray<string> RecipientDomains, ImmutableArray<string> Hubs)
{
    /// <summary>Name of the route that takes what no other one claims.</summary>
    public const string Default = "default";
}

/// <summary>One registered backend. Source: HubTransport.</summary>
public sealed record HubConfig
{
    public required string Name { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required HubDiscovery Discovery { get; init; }

    /// <summary>Share of the mail within its tier; 0 takes no new mail.</summary>
    public required int Weight { get; init; }

    /// <summary>Lower first; the next tier only when this one can take none.</summary>
    public required int Tier { get; init; }

    public required string Zone { get; init; }

    public required HubAdministrativeState State { get; init; }

    public required HubTlsConfig Tls { get; init; }

    /// <summary>How to authenticate towards the hub; null for not at all.</summary>
    public required HubCredentialsConfig? Credentials { get; init; }

    public required bool SendXclient { get; init; }

    public required HubLimitsConfig Limits { get; init; }
}

/// <summary>TLS towards a hub. PEM texts, already read from their Secrets.</summary>
public sealed record HubTlsConfig(HubTlsMode Mode, string ServerName, string CaPem, string ClientCertificatePem, string ClientKeyPem)
{
    /// <summary>Leaves keys out, so that a record that lands in a log gives none away.</summary>
    public override string ToString() => $"HubTlsConfig {{ Mode = {Mode}, ServerName = {ServerName} }}";
}

/// <summary>Login towards a hub, already read from its Secret.</summary>
public sealed record HubCredentialsConfig(SaslMechanismName Mechanism, string UserName, string Password)
{
    /// <summary>Where tokens come from that stand in for the password, which is empty then; null where it is a password.</summary>
    public HubOAuth2Config? Oauth2 { get; init; }

    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"HubCredentialsConfig {{ Mechanism = {Mechanism} }}";
}

/// <summary>Where access tokens towards a hub come from. Equal ones are one source: whoever has the one token has the other.</summary>
/// <param name="TokenUrl">The token endpoint, an https URL.</param>
/// <param name="ClientId">The relay's name there.</param>
/// <param name="ClientSecret">Its password there, already read from its Secret.</param>
/// <param name="Scope">What the token is asked for.</param>
/// <param name="CaPem">Authorities to trust for the endpoint; empty for the system's.</param>
public sealed record HubOAuth2Config(string TokenUrl, string ClientId, string ClientSecret, string Scope, string CaPem)
{
    /// <summary>Leaves the secret out.</summary>
    public override string ToString() => $"HubOAuth2Config {{ TokenUrl = {TokenUrl}, ClientId = {ClientId} }}";
}

/// <summary>Limits towards one hub, as this relay may use them (its share, where the limit is the pool's).</summary>
public sealed record HubLimitsConfig(int MaxConnections, int MessagesPerMinute, int MaxMessagesPerConnection, int MaxConnectionAgeSeconds);

/// <summary>How one hub among the available ones is chosen. Source: spec.balancing.</summary>
public sealed record BalancingConfig(
    BalancingPolicy Policy, int ClientHashPrefix, int ClientHashPrefixV6, bool PreferSameZone, int SlowStartSeconds);

/// <summary>How hubs are judged. Source: spec.health.</summary>
public sealed record HealthConfig(ProbeConfig Probe, EjectionConfig Ejection);

/// <summary>Active probes; seconds, and counts in a row that change the verdict.</summary>
public sealed record ProbeConfig(ProbeDepth Depth, int IntervalSeconds, int TimeoutSeconds, int Failures, int Successes);

/// <summary>Passive ejection: failures in a row, then out for baseSeconds, doubled each time up to maxSeconds.</summary>
public sealed record EjectionConfig(int Failures, int BaseSeconds, int MaxSeconds);

/// <summary>When a client hears 250, and what becomes of mail that waits. Source: spec.delivery. Seconds; delayNoticeSeconds 0: never.</summary>
public sealed record DeliveryConfig(
    DeliveryMode Mode,
    ImmutableArray<int> RetrySeconds,
    int ExpireSeconds,
    int DelayNoticeSeconds,
    int MaxHops,
    NotificationMode Notifications);

/// <summary>
/// Where mail is held that no hub can take. Source: spec.spool. Either a file on a volume of so many bytes, and no address; or
/// a database at an address with its login, already read from its Secret, and 0 bytes.
/// </summary>
public sealed record SpoolConfig(long StorageBytes, string PostgresUri)
{
    /// <summary>Leaves the address out, since it holds a password.</summary>
    public override string ToString() => PostgresUri.Length == 0 ? $"SpoolConfig {{ StorageBytes = {StorageBytes} }}" : "SpoolConfig { Postgres }";
}

/// <summary>Limits of one relay. Source: spec.limits. Bytes, seconds, counts; maxMessagesPerConnection 0 means no limit.</summary>
public sealed record LimitsConfig(
    int MaxConnections,
    int MaxConnectionsPerClient,
    int MaxRecipients,
    long MaxMessageBytes,
    int MaxMessagesPerConnection,
    int IdleSeconds,
    long MemoryBytes,
    long TempBytes)
{
    /// <summary>New connections a minute of one client address; 0 for no limit.</summary>
    public int ConnectionsPerMinute { get; init; }

    /// <summary>Refusals after which a session ends.</summary>
    public int MaxErrors { get; init; } = new LimitsSpec().MaxErrors;

    /// <summary>Seconds after which a session ends between transactions; 0 for never.</summary>
    public int MaxSessionSeconds { get; init; }
}
