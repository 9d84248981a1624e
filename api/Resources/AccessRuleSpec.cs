using System.Collections.Immutable;
using RelayOperator.Api.Binding;
using RelayOperator.Api.Config;

namespace RelayOperator.Api;

/// <summary>Who may relay, what, and how much. Limits hold for each relay pod.</summary>
public sealed record AccessRuleSpec
{
    /// <summary>The rule's name in logs and metrics.</summary>
    [RequiredField, Text(TextFormat.DnsLabel, 63)]
    public string Name { get; init; } = "";

    /// <summary>Networks whose clients the rule is for. A network stands in one rule only; of overlapping ones the most specific wins.</summary>
    [RequiredField, Items(1, 256), Text(TextFormat.Cidr, 49), Set]
    public ImmutableArray<string> ClientCIDRs { get; init; } = [];

    /// <summary>Whether a client has to authenticate too.</summary>
    public bool RequireAuth { get; init; }

    /// <summary>Names of client certificates: the rule takes only clients that showed a verified one with one of them as DNS or e-mail name (SAN) or as CN, whatever the case. Empty: none is needed.</summary>
    [Items(0, 64), Text(TextFormat.CertificateName, 255), Set]
    public ImmutableArray<string> ClientCertificates { get; init; } = [];

    /// <summary>Domains that recipients may have; `*.x` covers the subdomains of x. A local part that names a further way (with `%`, `!` or `@` in it) is refused then. Empty: any.</summary>
    [Items(0, 256), Text(TextFormat.DomainPattern, 255), Set]
    public ImmutableArray<string> RecipientDomains { get; init; } = [];

    /// <summary>Domains that senders may have; the null sender is always allowed. Empty: any.</summary>
    [Items(0, 256), Text(TextFormat.DomainPattern, 255), Set]
    public ImmutableArray<string> SenderDomains { get; init; } = [];

    /// <summary>Largest message in bytes. The smaller of this and limits.maxMessageBytes counts.</summary>
    [DerivedDefault("limits.maxMessageBytes"), Bounds(1024, 2147483648)]
    public long? MaxMessageBytes { get; init; }

    /// <summary>Most recipients of one transaction; 0: limits.maxRecipients. The smaller of both counts.</summary>
    [Bounds(0, 100000)]
    public int MaxRecipients { get; init; }

    /// <summary>Most sessions of all clients of the rule together. The smaller of this and limits.maxConnections counts.</summary>
    [DerivedDefault("limits.maxConnections"), Bounds(1, 100000)]
    public int? MaxConnections { get; init; }

    /// <summary>Messages a minute of all clients of the rule together; 0: no limit.</summary>
    [Bounds(0, 1000000)]
    public int MessagesPerMinute { get; init; }

    /// <summary>What is done with a bare CR or LF and with NUL in a message. Reject: such a message is refused. Normalize: the line end becomes CRLF, NUL is dropped.</summary>
    public BareLineEndings BareLineEndings { get; init; } = BareLineEndings.Reject;

    /// <summary>Header fields that messages of the rule get from the relay. None unless asked for: otherwise only a Received field is added.</summary>
    public HeaderRepairSpec HeaderRepair { get; init; } = new();

    /// <summary>Route of all mail of the rule, `default` or one of spec.routes; beats routing by domain. Empty: domains decide.</summary>
    [Text(TextFormat.DnsLabel, 63)]
    public string Route { get; init; } = "";
}

/// <summary>Header fields that the relay adds for clients which leave them out, and for hubs that are to know the client.</summary>
public sealed record HeaderRepairSpec
{
    /// <summary>Adds a Date field with the time of arrival to messages without one (RFC 5322 §3.6.1).</summary>
    public bool AddDate { get; init; }

    /// <summary>Adds a Message-ID field to messages without one (RFC 5322 §3.6.4).</summary>
    public bool AddMessageId { get; init; }

    /// <summary>Field that tells the client's address to hubs that take no XCLIENT, such as X-Originating-IP; fields of that name which the client sent are taken out. Empty: none.</summary>
    [Text(TextFormat.OwnField, 76)]
    public string ClientAddressField { get; init; } = "";
}

/// <summary>Where the recipients of some domains go.</summary>
public sealed record RouteSpec
{
    /// <summary>The route's name; `default` is reserved.</summary>
    [RequiredField, Text(TextFormat.DnsLabel, 63)]
    public string Name { get; init; } = "";

    /// <summary>Recipient domains of the route; `*.x` covers the subdomains of x. A domain stands in one route only.</summary>
    [RequiredField, Items(1, 256), Text(TextFormat.DomainPattern, 255), Set]
    public ImmutableArray<string> RecipientDomains { get; init; } = [];

    /// <summary>Hubs of the route.</summary>
    public HubSelection Hubs { get; init; } = new();
}
