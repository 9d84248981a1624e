using System.Net;
using RelayOperator.Api.Config;
using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class RenderTests
{
    [Fact]
    public void Fields_left_out_get_their_defaults()
    {
        var config = Load(Pool.And());
        Assert.Equal(("corp", "default", "corp.default", ""), (config.Name, config.Namespace, config.HeloName, config.Postmaster));
        Assert.Equal([new ListenerConfig("smtp", 25, ListenerProtocol.SMTP)], config.Listeners);
        Assert.Equal(new BalancingConfig(BalancingPolicy.LeastLoaded, 32, 64, true, 30), config.Balancing);
        Assert.Equal(new HealthConfig(new ProbeConfig(ProbeDepth.Ehlo, 5, 5, 2, 2), new EjectionConfig(3, 10, 300)), config.Health);
        Assert.Equal(new LimitsConfig(2000, 100, 1000, 37748736, 0, 300, 268435456, 4294967296), config.Limits);
        Assert.Equal((100, 30, 330, ""), (config.Delivery.MaxHops, config.DrainSeconds, config.TerminationGraceSeconds, config.Zone));
        var hub = Assert.Single(config.Hubs);
        Assert.Equal(
            ("ht01", "10.0.0.1", 25, HubDiscovery.Static, 100, 0, "", HubAdministrativeState.Active, false),
            (hub.Name, hub.Host, hub.Port, hub.Discovery, hub.Weight, hub.Tier, hub.Zone, hub.State, hub.SendXclient));
        Assert.Equal(new HubTlsConfig(HubTlsMode.Opportunistic, "", "", "", ""), hub.Tls);
        Assert.Null(hub.Credentials);
        Assert.Equal(new HubLimitsConfig(20, 0, 500, 540), hub.Limits);
    }

    [Fact]
    public void Writing_the_defaults_out_changes_nothing()
    {
        var written = Load(Pool.File(
            Pool.With(
                """
                heloName: corp.default
                  balancing: { policy: LeastLoaded, clientHashPrefix: 32, clientHashPrefixV6: 64, preferSameZone: true, slowStartSeconds: 30 }
                  health: { probe: { depth: Ehlo, intervalSeconds: 5, timeoutSeconds: 5, failures: 2, successes: 2 }, ejection: {} }
                  limits: { maxConnections: 2000, tempBytes: 4294967296 }
                  delivery: ~
                  spool: ~
                """,
                "{ name: corp, namespace: default }"),
            Pool.Hub.Replace("{ host: 10.0.0.1 }", "{ host: 10.0.0.1, port: 25, tls: { mode: Opportunistic }, limits: {} }", StringComparison.Ordinal)));
        Assert.Equal(Load(Pool.And()).Hash, written.Hash);
    }

    [Fact]
    public void A_rule_takes_the_limits_of_the_pool_and_never_more()
    {
        const string limits = "\n  limits: { maxMessageBytes: 5000, maxConnections: 50, maxRecipients: 20 }";
        Assert.Equal((5000, 50, 20), Limits($"access: [{{ name: a, clientCIDRs: [10.0.0.0/8] }}]{limits}"));
        Assert.Equal((4000, 40, 10), Limits($"access: [{{ name: a, clientCIDRs: [10.0.0.0/8], maxMessageBytes: 4000, maxConnections: 40, maxRecipients: 10 }}]{limits}"));
        Assert.Equal((5000, 50, 20), Limits($"access: [{{ name: a, clientCIDRs: [10.0.0.0/8], maxMessageBytes: 6000, maxConnections: 60, maxRecipients: 30 }}]{limits}"));

        static (long Bytes, int Connections, int Recipients) Limits(string spec)
        {
            var rule = Load(Pool.File(Pool.With(spec), Pool.Hub)).Access[0];
            return (rule.MaxMessageBytes, rule.MaxConnections, rule.MaxRecipients);
        }
    }

    [Fact]
    public void Rules_and_routes_are_rendered_in_lower_case_and_the_default_route_comes_first()
    {
        var config = Load(Pool.File(
            Pool.With(
                """
                access: [{ name: a, clientCIDRs: [10.0.0.0/8, "2001:DB8::/32"], recipientDomains: ["*.Corp.Example"], senderDomains: [Corp.Example], route: other, bareLineEndings: Normalize, messagesPerMinute: 7, headerRepair: { addDate: true, clientAddressField: X-Client-IP } }]
                  routes: [{ name: other, recipientDomains: [Other.Example], hubs: { selector: { matchLabels: { pool: other, site: b } } } }]
                """),
            Pool.Hub,
            Named("ht03", "{ pool: other, site: b, more: x }"),
            Named("ht02", "{ pool: other, site: b }"),
            Named("ht04", "{ pool: other }")));
        var rule = config.Access[0];
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")], rule.ClientCidrs);
        Assert.Equal(("*.corp.example", "corp.example", "other"), (rule.RecipientDomains[0], rule.SenderDomains[0], rule.Route));
        Assert.Equal((BareLineEndings.Normalize, 7), (rule.BareLineEndings, rule.MessagesPerMinute));
        Assert.Equal(new HeaderRepairConfig(AddDate: true, AddMessageId: false, "X-Client-IP"), rule.HeaderRepair);
        Assert.Equal(["default", "other"], config.Routes.Select(route => route.Name));
        Assert.Equal(["ht01"], config.Routes[0].Hubs);
        Assert.Equal(["ht02", "ht03"], config.Routes[1].Hubs);
        Assert.Equal(["other.example"], config.Routes[1].RecipientDomains);
        Assert.Equal(["ht01", "ht02", "ht03"], config.Hubs.Select(hub => hub.Name));
    }

    [Fact]
    public void Secrets_are_read_into_the_hubs_that_refer_to_them()
    {
        var (one, other) = (Certificates.One, Certificates.Other);
        var hub = Load(Pool.WithHub(
            "{ host: a, tls: { mode: Implicit, serverName: b, caSecretRef: { name: ca }, clientCertificateSecretRef: { name: pair } }, credentials: { mechanism: Plain, secretRef: { name: login } } }",
            Pool.File(
                Pool.Secret("ca", $"ca.crt: {Certificates.Quoted(other.Certificate)}"),
                Pool.Secret("pair", $"tls.crt: {Certificates.Quoted(one.Certificate)}, tls.key: {Certificates.Quoted(one.Key)}"),
                "apiVersion: v1\nkind: Secret\nmetadata: { name: login }\ndata: { username: bWU=, password: b2xk }\nstringData: { password: new }"))).Hubs[0];
        Assert.Equal(new HubTlsConfig(HubTlsMode.Implicit, "b", other.Certificate, one.Certificate, one.Key), hub.Tls);
        Assert.Equal(new HubCredentialsConfig(SaslMechanismName.Plain, "me", "new"), hub.Credentials);
    }

    [Fact]
    public void A_hub_with_oauth2_has_a_source_of_tokens_in_place_of_a_password()
    {
        var hub = Load(WithOAuth2("hush")).Hubs[0];
        Assert.Equal(
            new HubCredentialsConfig(SaslMechanismName.Auto, "relay@corp.example", "")
            {
                Oauth2 = new HubOAuth2Config("https://login.example.com/t", "c1", "hush", "s1", Certificates.Other.Certificate),
            },
            hub.Credentials);
        Assert.DoesNotContain("hush", $"{hub} {hub.Credentials} {hub.Credentials!.Oauth2}", StringComparison.Ordinal);
    }

    private static string WithOAuth2(string secret) => Pool.WithHub(
        "{ host: b, tls: { mode: Required }, credentials: { oauth2: { tokenUrl: \"https://login.example.com/t\", clientId: c1, scope: s1, secretRef: { name: l }, caSecretRef: { name: l } } } }",
        Pool.Secret("l", $"username: relay@corp.example, clientSecret: {secret}, ca.crt: {Certificates.Quoted(Certificates.Other.Certificate)}"));

    [Fact]
    public void Secrets_are_read_into_the_listeners_that_refer_to_them()
    {
        var (one, other) = (Certificates.One, Certificates.Other);
        var config = Load(Tls(one, other, "listeners: [{ name: smtp, port: 25, tls: { mode: Optional, secretRef: { name: one } } }, "
            + "{ name: smtps, port: 465, protocol: SMTPS, tls: { secretRef: { name: one }, additionalSecretRefs: [{ name: other }], minTlsVersion: Tls13, clientCASecretRef: { name: other } } }, "
            + "{ name: clear, port: 26, tls: { secretRef: { name: one } } }]\n"
            + "  access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [erp.corp.example] }]"));

        var pair = new KeyPairConfig(one.Certificate, one.Key);
        Assert.Equal(new ListenerTlsConfig(IsRequired: false, TlsVersion.Tls12, [pair], ""), config.Listeners[0].Tls);
        Assert.Equal(new ListenerTlsConfig(IsRequired: true, TlsVersion.Tls13, [pair, new(other.Certificate, other.Key)], other.Certificate), config.Listeners[1].Tls);
        Assert.Null(config.Listeners[2].Tls);
        Assert.Equal(["erp.corp.example"], config.Access[0].ClientCertificates);
        Assert.DoesNotContain("PRIVATE", $"{config.Listeners[0]} {config.Listeners[0].Tls} {pair}", StringComparison.Ordinal);

        var renewed = Load(Tls(other, other, "listeners: [{ name: smtp, port: 25, tls: { mode: Optional, secretRef: { name: one } } }]"));
        var before = Load(Tls(one, other, "listeners: [{ name: smtp, port: 25, tls: { mode: Optional, secretRef: { name: one } } }]"));
        Assert.Equal(before.Hash, renewed.Hash);
        Assert.NotEqual(before.Listeners[0].Tls, renewed.Listeners[0].Tls);
        Assert.NotEqual(before.Hash, Load(Tls(one, other, "listeners: [{ name: smtp, port: 25, tls: { mode: Required, secretRef: { name: one } } }]")).Hash);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("10Gi", 10L << 30)]
    [InlineData("1.5k", 1500)]
    [InlineData("2M", 2_000_000)]
    [InlineData("0.5Ki", 512)]
    [InlineData("1.0000001", 2)]
    [InlineData("7Ei", 7L << 60)]
    [InlineData("999999999999999E", long.MaxValue)]
    public void The_size_of_a_spool_is_rendered_in_bytes(string size, long bytes) =>
        Assert.Equal(new SpoolConfig(bytes, ""), Load(Pool.File(Pool.With($"spool: {{ storage: {{ size: \"{size}\" }} }}"), Pool.Hub)).Spool);

    [Fact]
    public void A_pool_with_a_database_takes_its_address_from_the_Secret_and_gives_it_away_in_no_text()
    {
        var config = Load(Pool.File(
            Pool.With("spool: { postgres: { connectionSecretRef: { name: db } } }\n  delivery: { mode: StoreAndForward, retrySeconds: [5, 10], notifications: None }"),
            Pool.Hub,
            Pool.Secret("db", "uri: \"postgresql://spool:hush@db.example/spool\"")));
        Assert.Equal(new SpoolConfig(0, "postgresql://spool:hush@db.example/spool"), config.Spool);
        Assert.DoesNotContain("hush", $"{config}", StringComparison.Ordinal);
        Assert.Equal((DeliveryMode.StoreAndForward, NotificationMode.None), (config.Delivery.Mode, config.Delivery.Notifications));
        Assert.Equal([5, 10], config.Delivery.RetrySeconds);
    }

    [Fact]
    public void The_uid_is_the_clusters_or_else_stays_the_same_for_namespace_and_name()
    {
        Assert.Equal("5f1c", Load(Pool.File(Pool.With("", "{ name: corp, uid: 5f1c }"), Pool.Hub)).Uid);
        var derived = Load(Pool.And()).Uid;
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", derived);
        Assert.Equal(derived, Load(Pool.File(Pool.With("replicas: 1"), Pool.Hub)).Uid);
        Assert.NotEqual(derived, Load(Pool.File(Pool.With("", "{ name: corp2 }"), Pool.Hub)).Uid);
    }

    [Fact]
    public void The_hash_follows_every_change_but_those_inside_of_Secrets()
    {
        string[] pools =
        [
            Pool.And(), Pool.File(Pool.With("limits: { idleSeconds: 60 }"), Pool.Hub), Pool.File(Pool.With("access: [{ name: a, clientCIDRs: [10.0.0.0/8] }]"), Pool.Hub),
            Pool.File(Pool.With("access: [{ name: a, clientCIDRs: [10.0.0.0/9] }]"), Pool.Hub), Pool.WithHub("{ host: b }"), Pool.WithHub("{ host: b, tier: 1 }"), WithLogin("one"), WithDatabase("one"),
            Pool.File(Pool.With("spool: { storage: { size: 1Gi } }"), Pool.Hub), Pool.File(Pool.With("delivery: { expireSeconds: 60 }"), Pool.Hub),
        ];
        Assert.Equal(pools.Length, pools.Select(text => Load(text).Hash).Distinct(StringComparer.Ordinal).Count());
        Assert.Matches("^[0-9a-f]{64}$", Load(Pool.And()).Hash);
        Assert.Equal(Load(WithLogin("one")).Hash, Load(WithLogin("two")).Hash);
        Assert.Equal(Load(WithDatabase("one")).Hash, Load(WithDatabase("two")).Hash);
        Assert.Equal(Load(WithOAuth2("one")).Hash, Load(WithOAuth2("two")).Hash);
        Assert.NotEqual(Load(WithOAuth2("one")).Hash, Load(WithOAuth2("one").Replace("c1", "c2", StringComparison.Ordinal)).Hash);

        static string WithDatabase(string password) => Pool.File(
            Pool.With("spool: { postgres: { connectionSecretRef: { name: db } } }"), Pool.Hub, Pool.Secret("db", $"uri: \"postgresql://u:{password}@db.example/spool\""));

        static string WithLogin(string password) => Pool.WithHub(
            "{ host: b, tls: { mode: Required }, credentials: { secretRef: { name: l } } }", Pool.Secret("l", $"username: u, password: {password}"));
    }

    [Theory]
    [InlineData("hubs: {}", "spec.hubs selects no HubTransport of this file (an empty selector selects nothing)")]
    [InlineData("hubs: {}", "HubTransport ht01 is selected by no route and gets no mail")]
    [InlineData("hubs: { selector: { matchLabels: { pool: none } } }", "spec.hubs selects no HubTransport of this file: mail")]
    [InlineData("routes: [{ name: r, recipientDomains: [a.example] }]", "route r selects no HubTransport")]
    [InlineData("access: []", "spec.access is empty: nobody may relay")]
    [InlineData("replicas: 2\n  vip: {}\n  template: {}", "ignored here: spec.replicas, spec.vip, spec.template")]
    public void What_is_hardly_meant_is_a_notice_and_no_fault(string spec, string notice)
    {
        var result = PoolFile.Parse(Pool.File(Pool.With(spec), Pool.Hub), "f");
        Assert.Empty(result.Faults);
        Assert.Contains(result.Notices, text => text.Contains(notice, StringComparison.Ordinal));
    }

    [Fact]
    public void Users_are_read_into_the_listeners_that_refer_to_them_and_are_no_part_of_the_hash()
    {
        const string hash = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";
        var config = Load(Users($"a:{hash}"));
        Assert.Equal(new ListenerAuthConfig(IsRequired: false, AllowPlaintext: true, $"a:{hash}"), config.Listeners[0].Auth);
        Assert.Equal((true, null), (config.Access[0].RequireAuth, config.Listeners[1].Auth));
        Assert.DoesNotContain(hash, $"{config} {config.Listeners[0]} {config.Listeners[0].Auth}", StringComparison.Ordinal);
        Assert.Equal(config.Hash, Load(Users($"b:{hash}")).Hash);

        var fault = Assert.Single(PoolFile.Parse(Users("a:hunter2"), "f").Faults);
        Assert.Equal("spec.listeners[0].auth.usersSecretRef.name", fault.Path);
        Assert.StartsWith("Secret users of whose users line 1 has neither a bcrypt hash", fault.Found, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", $"{fault}", StringComparison.Ordinal);
    }

    private static string Users(string users) => Pool.File(
        Pool.With("listeners: [{ name: smtp, port: 25, auth: { mode: Optional, allowPlaintext: true, usersSecretRef: { name: users } } }, { name: more, port: 26 }]\n"
            + "  access: [{ name: a, clientCIDRs: [10.0.0.0/8], requireAuth: true }]"),
        Pool.Hub,
        Pool.Secret("users", $"users: \"{users}\""));

    private static string Tls((string Certificate, string Key) one, (string Certificate, string Key) other, string spec) => Pool.File(
        Pool.With(spec),
        Pool.Hub,
        Pool.Secret("one", $"tls.crt: {Certificates.Quoted(one.Certificate)}, tls.key: {Certificates.Quoted(one.Key)}"),
        Pool.Secret("other", $"tls.crt: {Certificates.Quoted(other.Certificate)}, tls.key: {Certificates.Quoted(other.Key)}, ca.crt: {Certificates.Quoted(other.Certificate)}"));

    private static PoolConfig Load(string text)
    {
        var result = PoolFile.Parse(text, "corp.yaml");
        Assert.Empty(result.Faults);
        return result.Config!;
    }

    private static string Named(string name, string labels) => Pool.Hub
        .Replace("ht01", name, StringComparison.Ordinal).Replace("{ pool: corp }", labels, StringComparison.Ordinal);
}
