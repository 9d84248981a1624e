using RelayOperator.Api.Binding;
using RelayOperator.Api.Config;

namespace RelayOperator.Api;

/// <summary>One backend: an SMTP server that takes the pool's mail.</summary>
[PassedOver("status")]
public sealed record HubTransport
{
    /// <summary>relayoperator.io/v1beta1.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string ApiVersion { get; init; } = RelayPool.GroupVersion;

    /// <summary>HubTransport.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string Kind { get; init; } = nameof(HubTransport);

    /// <summary>Name, namespace and labels of the hub.</summary>
    [RequiredField]
    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Where the hub is and how it wants to be used.</summary>
    [RequiredField]
    public HubTransportSpec Spec { get; init; } = new();
}

/// <summary>Where a hub is and how it wants to be used.</summary>
public sealed record HubTransportSpec
{
    /// <summary>DNS name or IP address; the name to look up where discovery is not Static.</summary>
    [RequiredField, Text(TextFormat.Host, 253)]
    public string Host { get; init; } = "";

    /// <summary>Port; DnsSrv takes it from DNS instead.</summary>
    [Bounds(1, 65535)]
    public int Port { get; init; } = 25;

    /// <summary>Static: one server. DnsAddresses: each A and AAAA record is one. DnsMx and DnsSrv: by those records.</summary>
    public HubDiscovery Discovery { get; init; } = HubDiscovery.Static;

    /// <summary>Share of the mail within the tier; 0 takes no new mail.</summary>
    [Bounds(0, 10000)]
    public int Weight { get; init; } = 100;

    /// <summary>Lower first; the next tier only when this one can take none.</summary>
    [Bounds(0, 100)]
    public int Tier { get; init; }

    /// <summary>Zone of the hub, for balancing.preferSameZone. Empty: none.</summary>
    [Text(TextFormat.Any, 63)]
    public string Zone { get; init; } = "";

    /// <summary>Active: takes mail. Draining: finishes what is in flight. Disabled: not even probed.</summary>
    public HubAdministrativeState State { get; init; } = HubAdministrativeState.Active;

    /// <summary>TLS towards the hub.</summary>
    public HubTlsSpec Tls { get; init; } = new();

    /// <summary>How to log in to the hub; needs tls.mode Required or Implicit. Absent: not at all.</summary>
    public HubCredentialsSpec? Credentials { get; init; }

    /// <summary>Tells the hub the client's real address by XCLIENT, where the hub offers it.</summary>
    public bool SendXclient { get; init; }

    /// <summary>Limits towards the hub; the defaults fit an Exchange receive connector.</summary>
    public HubLimitsSpec Limits { get; init; } = new();
}

/// <summary>TLS towards a hub.</summary>
public sealed record HubTlsSpec
{
    /// <summary>Disabled: none. Opportunistic: STARTTLS where offered, unverified. Required: STARTTLS, verified. Implicit: TLS at once, verified.</summary>
    public HubTlsMode Mode { get; init; } = HubTlsMode.Opportunistic;

    /// <summary>Name that the hub's certificate must carry.</summary>
    [DerivedDefault("host"), Text(TextFormat.HostName, 253)]
    public string ServerName { get; init; } = "";

    /// <summary>Secret with the key ca.crt: the authorities to trust instead of the system's.</summary>
    public SecretReference? CaSecretRef { get; init; }

    /// <summary>Secret of type kubernetes.io/tls (keys tls.crt and tls.key) to show to the hub.</summary>
    public SecretReference? ClientCertificateSecretRef { get; init; }
}

/// <summary>Login towards a hub.</summary>
public sealed record HubCredentialsSpec
{
    /// <summary>SASL mechanism; Auto takes the strongest that both sides know.</summary>
    public SaslMechanismName Mechanism { get; init; } = SaslMechanismName.Auto;

    /// <summary>Secret of type kubernetes.io/basic-auth (keys username and password). Exactly one of secretRef and oauth2.</summary>
    public SecretReference? SecretRef { get; init; }

    /// <summary>Logs in by XOAUTH2 with access tokens of an OAuth 2.0 server, instead of a password.</summary>
    public HubOAuth2Spec? Oauth2 { get; init; }
}

/// <summary>Where access tokens towards a hub come from: the client credentials grant (RFC 6749 §4.4).</summary>
public sealed record HubOAuth2Spec
{
    /// <summary>The server's token endpoint.</summary>
    [RequiredField, Text(TextFormat.HttpsUrl, 2048)]
    public string TokenUrl { get; init; } = "";

    /// <summary>Id under which the relay is registered as a client there.</summary>
    [RequiredField, Text(TextFormat.Any, 256)]
    public string ClientId { get; init; } = "";

    /// <summary>Secret with the keys username, the mailbox to log in to, and clientSecret.</summary>
    [RequiredField]
    public SecretReference SecretRef { get; init; } = new();

    /// <summary>What the token is to be good for, in the server's words.</summary>
    [RequiredField, Text(TextFormat.Any, 1024)]
    public string Scope { get; init; } = "";

    /// <summary>Secret with the key ca.crt: the authorities to trust for tokenUrl instead of the system's.</summary>
    public SecretReference? CaSecretRef { get; init; }
}

/// <summary>Limits towards a hub.</summary>
public sealed record HubLimitsSpec
{
    /// <summary>PerPod: each pod may use them in full. Pool: the pods share them, as is needed where all leave by one address.</summary>
    public HubLimitScope Scope { get; init; } = HubLimitScope.PerPod;

    /// <summary>Most connections at a time.</summary>
    [Bounds(1, 10000)]
    public int MaxConnections { get; init; } = 20;

    /// <summary>Messages a minute; 0: no limit.</summary>
    [Bounds(0, 1000000)]
    public int MessagesPerMinute { get; init; }

    /// <summary>Messages after which a connection is closed.</summary>
    [Bounds(1, 1000000)]
    public int MaxMessagesPerConnection { get; init; } = 500;

    /// <summary>Seconds after which a connection is closed.</summary>
    [Bounds(1, 86400)]
    public int MaxConnectionAgeSeconds { get; init; } = 540;
}
