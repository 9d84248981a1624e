using System.Collections.Immutable;
using RelayOperator.Api.Binding;
using RelayOperator.Api.Config;

namespace RelayOperator.Api;

/// <summary>One SMTP listener.</summary>
public sealed record ListenerSpec
{
    /// <summary>The listener's name, also the name of the Service's port.</summary>
    [RequiredField, Text(TextFormat.DnsLabel, 15)]
    public string Name { get; init; } = "";

    /// <summary>Port of the VIP; standalone: the port that is bound. No two listeners share one.</summary>
    [RequiredField, Bounds(1, 65535)]
    public int Port { get; init; }

    /// <summary>Port inside the pod. No two listeners share one; 9025 and 9026 are taken. Standalone: ignored.</summary>
    [DerivedDefault("`port` + 2500 below 1024, else `port`"), Bounds(1024, 65535)]
    public int? ContainerPort { get; init; }

    /// <summary>Port of every node, for vip.type NodePort and LoadBalancer. Standalone: ignored.</summary>
    [DerivedDefault("chosen by the cluster"), Bounds(1, 65535)]
    public int? NodePort { get; init; }

    /// <summary>How a session begins: in the clear (STARTTLS possible), or with TLS at once (SMTPS).</summary>
    public ListenerProtocol Protocol { get; init; } = ListenerProtocol.SMTP;

    /// <summary>TLS towards clients.</summary>
    public ListenerTlsSpec Tls { get; init; } = new();

    /// <summary>Authentication of clients.</summary>
    public ListenerAuthSpec Auth { get; init; } = new();

    /// <summary>Whether a proxy in front tells the client's address by a PROXY header.</summary>
    public ProxyProtocolSpec ProxyProtocol { get; init; } = new();

    /// <summary>Who may tell by XCLIENT whom it speaks for.</summary>
    public XclientSpec Xclient { get; init; } = new();

    /// <summary>The port inside the pod: containerPort, or what holds without it.</summary>
    public int EffectiveContainerPort() => ContainerPort ?? (Port < 1024 ? Port + 2500 : Port);
}

/// <summary>TLS towards clients.</summary>
public sealed record ListenerTlsSpec
{
    /// <summary>Disabled: none. Optional: STARTTLS is offered. Required: mail is taken over TLS only.</summary>
    public ListenerTlsMode Mode { get; init; } = ListenerTlsMode.Disabled;

    /// <summary>Secret of type kubernetes.io/tls (keys tls.crt and tls.key). Needed by Optional, Required and SMTPS.</summary>
    public SecretReference? SecretRef { get; init; }

    /// <summary>Further Secrets of type kubernetes.io/tls: a client that asks for a name (SNI) is shown the first certificate that has it, by itself or by a wildcard; any other one is shown that of secretRef.</summary>
    [Items(0, 16), ListMap("name")]
    public ImmutableArray<SecretReference> AdditionalSecretRefs { get; init; } = [];

    /// <summary>Oldest version of TLS that is spoken. There is nothing below Tls12.</summary>
    public TlsVersion MinTlsVersion { get; init; } = TlsVersion.Tls12;

    /// <summary>Secret with the key ca.crt: clients are asked for a certificate, and those of these authorities count in access[].clientCertificates. Absent: they are not asked.</summary>
    public SecretReference? ClientCASecretRef { get; init; }
}

/// <summary>Authentication of clients.</summary>
public sealed record ListenerAuthSpec
{
    /// <summary>Disabled: none. Optional: AUTH is offered. Required: mail is taken from authenticated clients only.</summary>
    public ListenerAuthMode Mode { get; init; } = ListenerAuthMode.Disabled;

    /// <summary>Secret with the key users. Needed by Optional and Required.</summary>
    public SecretReference? UsersSecretRef { get; init; }

    /// <summary>Whether AUTH is offered in the clear too, where whoever listens can read passwords. false: over TLS only.</summary>
    public bool AllowPlaintext { get; init; }
}

/// <summary>The PROXY protocol of a balancer in front of the pool.</summary>
public sealed record ProxyProtocolSpec
{
    /// <summary>Required: every connection begins with a PROXY header of version 1 or 2.</summary>
    public ProxyProtocolMode Mode { get; init; } = ProxyProtocolMode.Disabled;

    /// <summary>Networks whose PROXY header is believed. Required needs at least one.</summary>
    [Items(0, 64), Text(TextFormat.Cidr, 49), Set]
    public ImmutableArray<string> TrustedCIDRs { get; init; } = [];
}

/// <summary>The XCLIENT extension of Postfix, for a mail filter or relay in front of the pool.</summary>
public sealed record XclientSpec
{
    /// <summary>Networks of the clients that may use XCLIENT: what they say of whom they speak for counts as if that came itself. Empty: nobody.</summary>
    [Items(0, 64), Text(TextFormat.Cidr, 49), Set]
    public ImmutableArray<string> TrustedCIDRs { get; init; } = [];
}
