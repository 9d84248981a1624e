using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using RelayOperator.Api.Checks;

namespace RelayOperator.Api.Config;

/// <summary>Makes a <see cref="RenderedPool"/> of JSON: the counterpart of <see cref="PoolConfigRenderer"/>, field by field.</summary>
internal static class RenderedPoolReader
{
    /// <summary>The pool; worth something only where no fault was added.</summary>
    public static RenderedPool? Read(JsonElement root, ICollection<string> faults)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{RenderedPool.Key}: found no object; allowed: one JSON object");
            return null;
        }

        var top = new RenderedObject(root, "", faults);
        var format = top.Number("formatVersion", null, 1, int.MaxValue);
        if (format > RenderedPool.NewestFormat)
        {
            // What the rest means is not known here, so nothing of it is judged.
            top.Fault("formatVersion", $"{format}", $"at most {RenderedPool.NewestFormat}, the newest that this relay knows; a newer relay is needed");
            return null;
        }

        var pool = new RenderedPool
        {
            FormatVersion = (int)format,
            Sequence = top.Number("sequence", null, 0, long.MaxValue),
            Draining = top.Names("draining"),
            Deleted = top.Flag("deleted", fallback: false),
            Zones = top.Map("zones"),
            Cluster = top.Find("cluster") is { } cluster ? Cluster(cluster) : null,
            HandOver = top.Find("handOver") is { } own ? new HandOverConfig(own.Needed("certificatePem"), own.Needed("keyPem"), own.Map("peers")) : null,
            Config = Config(top),
        };
        RenderedChecks.Run(pool, top);
        return pool.Config.Hash.Length > 0 ? pool : pool with { Config = pool.Config with { Hash = ConfigHash.Of(pool.Config) } };
    }

    private static PoolConfig Config(RenderedObject top)
    {
        if (top.Find("config") is null)
        {
            top.Fault("config", "nothing", "an object");
        }

        var from = top.Section("config");
        var (name, ns) = (from.Needed("name"), from.Needed("namespace"));
        var limits = Limits(from.Section("limits"));
        return new PoolConfig
        {
            Name = name,
            Namespace = ns,
            Uid = from.Needed("uid"),
            HeloName = from.Text<RelayPoolSpec>(nameof(RelayPoolSpec.HeloName), $"{name}.{ns}"),
            Postmaster = from.Text<RelayPoolSpec>(nameof(RelayPoolSpec.Postmaster)),
            Listeners = from.List("listeners", Listener),
            Access = from.List("access", rule => Access(rule, limits)),
            Hubs = from.List("hubs", Hub),
            Routes = from.List("routes", Route),
            Balancing = Balancing(from.Section("balancing")),
            Health = new HealthConfig(Probe(from.Section("health").Section("probe")), Ejection(from.Section("health").Section("ejection"))),
            Delivery = Delivery(from.Section("delivery")),
            Spool = from.Find("spool") is { } spool ? new SpoolConfig(spool.Number("storageBytes", 0, 0, long.MaxValue), spool.Text("postgresUri")) : null,
            Limits = limits,
            HealthCheckCidrs = Networks(from.Texts<VipSpec>(nameof(VipSpec.HealthCheckCIDRs), "healthCheckCidrs")),
            DrainSeconds = from.Number<VipSpec>(nameof(VipSpec.DrainSeconds)),
            TerminationGraceSeconds = (int)from.Number("terminationGraceSeconds", new PodTemplateSpec().TerminationGracePeriodSeconds, 1, 86400),
            Zone = from.Text("zone"),
            Hash = from.Text("hash"),
        };
    }

    private static ClusterAddressesConfig Cluster(RenderedObject from) => new(
        [.. from.Texts<VipSpec>(nameof(VipSpec.Addresses), "nodes").Select(IPAddress.Parse)],
        Networks(from.Texts<AccessRuleSpec>(nameof(AccessRuleSpec.ClientCIDRs), "podNetworks")));

    private static ListenerConfig Listener(RenderedObject from) =>
        new(from.Needed("name"), (int)from.Number("port", null, 1, 65535), from.Choice("protocol", ListenerProtocol.SMTP))
        {
            Tls = from.Find("tls") is { } tls ? ListenerTls(tls) : null,
            Auth = from.Find("auth") is { } auth
                ? new ListenerAuthConfig(auth.Flag("isRequired", fallback: false), auth.Flag("allowPlaintext", fallback: false), auth.Needed("users"))
                : null,
            ProxyCidrs = Networks(from.Texts<ProxyProtocolSpec>(nameof(ProxyProtocolSpec.TrustedCIDRs), "proxyCidrs")),
            XclientCidrs = Networks(from.Texts<XclientSpec>(nameof(XclientSpec.TrustedCIDRs), "xclientCidrs")),
        };

    private static ImmutableArray<IPNetwork> Networks(ImmutableArray<string> cidrs) =>
        cidrs.IsEmpty ? [] : [.. cidrs.Select(IPNetwork.Parse)];

    private static ListenerTlsConfig ListenerTls(RenderedObject from) => new(
        from.Flag("isRequired", fallback: false),
        from.Choice("minVersion", new ListenerTlsSpec().MinTlsVersion),
        from.List("certificates", pair => new KeyPairConfig(pair.Needed("certificatePem"), pair.Needed("keyPem"))),
        from.Text("clientCaPem"));

    private static AccessRuleConfig Access(RenderedObject from, LimitsConfig limits) => new()
    {
        Name = from.Needed("name"),
        ClientCidrs = Networks(from.Texts<AccessRuleSpec>(nameof(AccessRuleSpec.ClientCIDRs), "clientCidrs")),
        RequireAuth = from.Flag("requireAuth", fallback: false),
        ClientCertificates = from.Texts<AccessRuleSpec>(nameof(AccessRuleSpec.ClientCertificates)),
        RecipientDomains = Domains(from.Texts<AccessRuleSpec>(nameof(AccessRuleSpec.RecipientDomains))),
        SenderDomains = Domains(from.Texts<AccessRuleSpec>(nameof(AccessRuleSpec.SenderDomains))),
        MaxMessageBytes = from.Number("maxMessageBytes", limits.MaxMessageBytes, 1024, 2147483648),
        MaxRecipients = (int)from.Number("maxRecipients", limits.MaxRecipients, 1, 100000),
        MaxConnections = (int)from.Number("maxConnections", limits.MaxConnections, 1, 100000),
        MessagesPerMinute = from.Number<AccessRuleSpec>(nameof(AccessRuleSpec.MessagesPerMinute)),
        BareLineEndings = from.Choice("bareLineEndings", BareLineEndings.Reject),
        HeaderRepair = from.Find("headerRepair") is { } repair
            ? new HeaderRepairConfig(
                repair.Flag("addDate", fallback: false),
                repair.Flag("addMessageId", fallback: false),
                repair.Text<HeaderRepairSpec>(nameof(HeaderRepairSpec.ClientAddressField)))
            : null,
        Route = from.Text("route"),
    };

    private static RouteConfig Route(RenderedObject from) => new(
        from.Needed("name"), Domains(from.Texts<RouteSpec>(nameof(RouteSpec.RecipientDomains))), from.Names("hubs"));

    private static HubConfig Hub(RenderedObject from) => new()
    {
        Name = from.Needed("name"),
        Host = from.Needed("host").Length > 0 ? from.Text<HubTransportSpec>(nameof(HubTransportSpec.Host)) : "",
        Port = from.Number<HubTransportSpec>(nameof(HubTransportSpec.Port)),
        Discovery = from.Choice("discovery", HubDiscovery.Static),
        Weight = from.Number<HubTransportSpec>(nameof(HubTransportSpec.Weight)),
        Tier = from.Number<HubTransportSpec>(nameof(HubTransportSpec.Tier)),
        Zone = from.Text("zone"),
        State = from.Choice("state", HubAdministrativeState.Active),
        Tls = Tls(from.Section("tls")),
        Credentials = from.Find("credentials") is { } login ? Credentials(login) : null,
        SendXclient = from.Flag("sendXclient", fallback: false),
        Limits = HubLimits(from.Section("limits")),
    };

    private static HubTlsConfig Tls(RenderedObject from) => new(
        from.Choice("mode", new HubTlsSpec().Mode),
        from.Text<HubTlsSpec>(nameof(HubTlsSpec.ServerName)),
        from.Text("caPem"),
        from.Text("clientCertificatePem"),
        from.Text("clientKeyPem"));

    private static HubCredentialsConfig Credentials(RenderedObject from)
    {
        var oauth2 = from.Find("oauth2");
        return new(
            from.Choice("mechanism", SaslMechanismName.Auto), from.Needed("userName"), oauth2 is null ? from.Needed("password") : from.Text("password"))
        {
            Oauth2 = oauth2 is null ? null : OAuth2(oauth2),
        };
    }

    private static HubOAuth2Config OAuth2(RenderedObject from) => new(
        from.Needed("tokenUrl").Length > 0 ? from.Text<HubOAuth2Spec>(nameof(HubOAuth2Spec.TokenUrl)) : "",
        from.Needed("clientId").Length > 0 ? from.Text<HubOAuth2Spec>(nameof(HubOAuth2Spec.ClientId)) : "",
        from.Needed("clientSecret"),
        from.Needed("scope").Length > 0 ? from.Text<HubOAuth2Spec>(nameof(HubOAuth2Spec.Scope)) : "",
        from.Text("caPem"));

    private static HubLimitsConfig HubLimits(RenderedObject from) => new(
        from.Number<HubLimitsSpec>(nameof(HubLimitsSpec.MaxConnections)),
        from.Number<HubLimitsSpec>(nameof(HubLimitsSpec.MessagesPerMinute)),
        from.Number<HubLimitsSpec>(nameof(HubLimitsSpec.MaxMessagesPerConnection)),
        from.Number<HubLimitsSpec>(nameof(HubLimitsSpec.MaxConnectionAgeSeconds)));

    private static BalancingConfig Balancing(RenderedObject from) => new(
        from.Choice("policy", new BalancingSpec().Policy),
        from.Number<BalancingSpec>(nameof(BalancingSpec.ClientHashPrefix)),
        from.Number<BalancingSpec>(nameof(BalancingSpec.ClientHashPrefixV6)),
        from.Flag("preferSameZone", new BalancingSpec().PreferSameZone),
        from.Number<BalancingSpec>(nameof(BalancingSpec.SlowStartSeconds)));

    private static ProbeConfig Probe(RenderedObject from) => new(
        from.Choice("depth", new ProbeSpec().Depth),
        from.Number<ProbeSpec>(nameof(ProbeSpec.IntervalSeconds)),
        from.Number<ProbeSpec>(nameof(ProbeSpec.TimeoutSeconds)),
        from.Number<ProbeSpec>(nameof(ProbeSpec.Failures)),
        from.Number<ProbeSpec>(nameof(ProbeSpec.Successes)));

    private static EjectionConfig Ejection(RenderedObject from) => new(
        from.Number<EjectionSpec>(nameof(EjectionSpec.Failures)),
        from.Number<EjectionSpec>(nameof(EjectionSpec.BaseSeconds)),
        from.Number<EjectionSpec>(nameof(EjectionSpec.MaxSeconds)));

    private static DeliveryConfig Delivery(RenderedObject from) => new(
        from.Choice("mode", new DeliverySpec().Mode),
        from.Numbers<DeliverySpec>(nameof(DeliverySpec.RetrySeconds)),
        from.Number<DeliverySpec>(nameof(DeliverySpec.ExpireSeconds)),
        from.Number<DeliverySpec>(nameof(DeliverySpec.DelayNoticeSeconds)),
        from.Number<DeliverySpec>(nameof(DeliverySpec.MaxHops)),
        from.Choice("notifications", new DeliverySpec().Notifications));

    private static LimitsConfig Limits(RenderedObject from) => new(
        from.Number<LimitsSpec>(nameof(LimitsSpec.MaxConnections)),
        from.Number<LimitsSpec>(nameof(LimitsSpec.MaxConnectionsPerClient)),
        from.Number<LimitsSpec>(nameof(LimitsSpec.MaxRecipients)),
        from.LongNumber<LimitsSpec>(nameof(LimitsSpec.MaxMessageBytes)),
        from.Number<LimitsSpec>(nameof(LimitsSpec.MaxMessagesPerConnection)),
        from.Number<LimitsSpec>(nameof(LimitsSpec.IdleSeconds)),
        from.LongNumber<LimitsSpec>(nameof(LimitsSpec.MemoryBytes)),
        from.LongNumber<LimitsSpec>(nameof(LimitsSpec.TempBytes)))
    {
        ConnectionsPerMinute = from.Number<LimitsSpec>(nameof(LimitsSpec.ConnectionsPerMinute)),
        MaxErrors = from.Number<LimitsSpec>(nameof(LimitsSpec.MaxErrors)),
        MaxSessionSeconds = from.Number<LimitsSpec>(nameof(LimitsSpec.MaxSessionSeconds)),
    };

    private static ImmutableArray<string> Domains(ImmutableArray<string> domains) => [.. domains.Select(DomainPattern.Normalize)];
}
