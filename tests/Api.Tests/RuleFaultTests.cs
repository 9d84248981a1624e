using RelayOperator.Api.Checks;
using RelayOperator.Api.Config;
using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>Rules that span fields of one object.</summary>
public sealed class RuleFaultTests
{
    private const string Asks = "listeners: [{ name: s, port: 25, tls: { mode: Optional, secretRef: { name: pair }, clientCASecretRef: { name: ca } } }]\n  ";

    public static TheoryData<string, string, string, string> PoolRows() => new()
    {
        { "listeners: [{ name: a, port: 25 }, { name: a, port: 26 }]", "spec.listeners[1].name", "a a second time", "spec.listeners[0] has it already" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 25, containerPort: 3000 }]", "spec.listeners[1].port", "25 a second time", "spec.listeners[0] has it already" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 2525 }]", "spec.listeners[1].port", "2525, which is container port 2525", "set containerPort" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 26, containerPort: 2525 }]", "spec.listeners[1].containerPort", "2525", "spec.listeners[0] has it already" },
        { "listeners: [{ name: a, port: 9025 }]", "spec.listeners[0].port", "9025, which is container port 9025", "any container port but 9025 and 9026" },
        { "listeners: [{ name: a, port: 25, containerPort: 9026 }]", "spec.listeners[0].containerPort", "9026", "any container port but 9025 and 9026" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }, { name: b, port: 26, nodePort: 30025 }]", "spec.listeners[1].nodePort", "30025 a second time", "spec.listeners[0] has it already" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }]\n  vip: { type: ClusterIP }", "spec.listeners[0].nodePort", "30025", "vip.type is NodePort or LoadBalancer" },
        { "autoscaling: { minReplicas: 5, maxReplicas: 3 }", "spec.autoscaling.minReplicas", "5", "at most maxReplicas, 3" },
        { "vip: { type: NodePort, loadBalancerClass: x }", "spec.vip.loadBalancerClass", "\"x\"", "unless type is LoadBalancer" },
        { "vip: { type: NodePort, addresses: [10.0.0.25] }", "spec.vip.addresses", "addresses", "unless type is LoadBalancer or ClusterIP" },
        { "vip: { ipFamilyPolicy: PreferDualStack, addresses: [10.0.0.25, 10.0.0.26] }", "spec.vip.addresses", "10.0.0.25 and 10.0.0.26", "one IPv4 and one IPv6 address" },
        { "vip: { addresses: [10.0.0.25, \"2001:db8::25\"] }", "spec.vip.addresses", "two addresses", "ipFamilyPolicy" },
        { "vip: { ipFamilies: [IPv4, IPv6] }", "spec.vip.ipFamilies", "two families", "ipFamilyPolicy" },
        { "vip: { ipFamilies: [IPv4, IPv4], ipFamilyPolicy: PreferDualStack }", "spec.vip.ipFamilies[1]", "IPv4 a second time", "each once" },
        { "vip: { drainSeconds: 330 }", "spec.vip.drainSeconds", "330", "less than template.terminationGracePeriodSeconds, 330" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8] }, { name: a, clientCIDRs: [11.0.0.0/8] }]", "spec.access[1].name", "a a second time", "spec.access[0] has it already" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8], route: partnrs }]\n  routes: [{ name: partners, recipientDomains: [a.example], hubs: { selector: { matchLabels: { pool: corp } } } }]", "spec.access[0].route", "partnrs", "one of default, partners; did you mean partners?" },
        { "routes: [{ name: default, recipientDomains: [a.example] }]", "spec.routes[0].name", "default", "default is the route of spec.hubs" },
        { "routes: [{ name: r, recipientDomains: [a.example] }, { name: r, recipientDomains: [b.example] }]", "spec.routes[1].name", "r a second time", "each once" },
        { "routes: [{ name: r, recipientDomains: [a.example] }, { name: s, recipientDomains: [A.example] }]", "spec.routes[1].recipientDomains[0]", "a.example a second time", "spec.routes[0] has it already" },
        { "health: { ejection: { baseSeconds: 60, maxSeconds: 30 } }", "spec.health.ejection.maxSeconds", "30", "at least baseSeconds, 60" },
        { "template: { imagePullSecrets: [{ name: a }, { name: a }] }", "spec.template.imagePullSecrets[1].name", "a a second time", "each once" },
        { "template: { env: [{ name: A, value: b }, { name: A, value: c }] }", "spec.template.env[1].name", "A a second time", "each once" },
        { "delivery: { mode: StoreAndForward }", "spec.delivery.mode", "StoreAndForward without a spool", "CutThrough, or StoreAndForward with spec.spool" },
        { "delivery: { notifications: Postmaster }", "spec.delivery.notifications", "Postmaster without a postmaster", "Sender or None, or Postmaster with spec.postmaster" },

        // TLS towards clients
        { "listeners: [{ name: a, port: 25, tls: { clientCASecretRef: { name: ca } } }]", "spec.listeners[0].tls.mode", "Disabled with clientCASecretRef", "Optional or Required with clientCASecretRef, or protocol SMTPS" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Optional, secretRef: { name: pair }, additionalSecretRefs: [{ name: pair }, { name: pair }] } }]", "spec.listeners[0].tls.additionalSecretRefs[1].name", "pair a second time", "each once" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Optional, secretRef: { name: pair }, minTlsVersion: Tls11 } }]", "spec.listeners[0].tls.minTlsVersion", "Tls11", "Tls12 or Tls13" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [a.example] }]", "spec.access[0].clientCertificates", "names of certificates", "set its tls.clientCASecretRef" },
        { Asks + "access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [\" a\"] }]", "spec.access[0].clientCertificates[0]", "\" a\"", "without blanks around it" },
        { Asks + "access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [a, a] }]", "spec.access[0].clientCertificates[1]", "a a second time", "each once" },

        // Not served yet
        { "listeners: [{ name: a, port: 25, auth: { mode: Required, usersSecretRef: { name: users } } }]", "spec.listeners[0].auth.allowPlaintext", "false without TLS", "TLS on the listener, over which AUTH is offered, or true" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8], requireAuth: true }]", "spec.access[0].requireAuth", "true", "false, unless clients can authenticate" },
    };

    public static TheoryData<string, string, string, string> HubRows() => new()
    {
        { "{ host: \"10.0.0.1:25\" }", "spec.host", "\"10.0.0.1:25\"", "the port has a field of its own" },
        { "{ host: 10.0.0.256 }", "spec.host", "10.0.0.256", "an IP address" },
        { "{ host: smtp://ht01 }", "spec.host", "smtp://ht01", "without scheme" },
        { "{ host: \"\" }", "spec.host", "\"\"", "a DNS name" },
        { "{ host: 10.0.0.1, discovery: DnsMx }", "spec.host", "10.0.0.1", "a DNS name, which discovery DnsMx looks up" },
        { "{ host: _smtp._tcp.corp.example }", "spec.host", "_smtp._tcp.corp.example", "unless discovery is DnsSrv" },
        { "{ host: a, weight: -1 }", "spec.weight", "-1", "0 to 10000" },
        { "{ host: a, limits: { maxConnections: 0 } }", "spec.limits.maxConnections", "0", "1 to 10000" },
        { "{ host: a, credentials: { secretRef: { name: login } } }", "spec.tls.mode", "Opportunistic with spec.credentials", "Required or Implicit" },
        { "{ host: a, tls: { caSecretRef: { name: ca } } }", "spec.tls.mode", "Opportunistic with caSecretRef", "Required or Implicit" },
        { "{ host: a, tls: { mode: Disabled, clientCertificateSecretRef: { name: pair } } }", "spec.tls.mode", "Disabled with clientCertificateSecretRef", "Opportunistic, Required or Implicit" },
        { "{ host: a, tls: { mode: Required }, credentials: {} }", "spec.credentials", "neither secretRef nor oauth2", "exactly one of secretRef and oauth2" },
        { "{ host: a, tls: { mode: Required }, credentials: { secretRef: {} } }", "spec.credentials.secretRef.name", "nothing", "object name" },
        { OAuth2("tokenUrl: \"http://a/t\", clientId: c, scope: s, secretRef: { name: login }"), "spec.credentials.oauth2.tokenUrl", "\"http://a/t\"", "an https URL" },
        { OAuth2("tokenUrl: \"https://a/t\", clientId: c, secretRef: { name: login }"), "spec.credentials.oauth2.scope", "nothing", "text" },
        { OAuth2("tokenUrl: \"https://a/t\", scope: s, secretRef: { name: login }"), "spec.credentials.oauth2.clientId", "nothing", "text" },
        { OAuth2("tokenUrl: \"https://a/t\", clientId: c, scope: s"), "spec.credentials.oauth2.secretRef", "nothing", "a mapping with name" },
        { OAuth2("tokenUrl: \"https://a/t\", clientId: c, scope: s, secretRef: { name: login }", "mechanism: Login, "), "spec.credentials.mechanism", "Login with oauth2", "Auto or XOAuth2" },
    };

    private static string OAuth2(string fields, string more = "") => $"{{ host: a, tls: {{ mode: Required }}, credentials: {{ {more}oauth2: {{ {fields} }} }} }}";

    [Theory]
    [MemberData(nameof(PoolRows))]
    public void A_rule_that_spans_fields_is_told_at_the_field_to_mend(string spec, string path, string found, string allowed) =>
        Expect(PoolFile.Parse(Pool.File(Pool.With(spec), Pool.Hub, Secrets), "corp.yaml"), path, found, allowed);

    [Theory]
    [InlineData("users", "Secret users without uri", "a Secret with the keys uri")]
    [InlineData("db", "Secret db whose uri does not begin with postgresql://", "postgresql://user:password@host:port/database")]
    public void A_database_that_cannot_be_found_is_told_at_the_reference(string secret, string found, string allowed) =>
        Expect(
            PoolFile.Parse(Pool.File(Pool.With($"spool: {{ postgres: {{ connectionSecretRef: {{ name: {secret} }} }} }}"), Pool.Hub, Secrets), "corp.yaml"),
            "spec.spool.postgres.connectionSecretRef.name",
            found,
            allowed);

    [Theory]
    [MemberData(nameof(HubRows))]
    public void A_faulty_hub_is_told_at_the_field_to_mend(string spec, string path, string found, string allowed) =>
        Expect(PoolFile.Parse(Pool.WithHub(spec, Secrets), "corp.yaml"), path, found, allowed);

    [Fact]
    public void A_spool_is_of_exactly_one_kind()
    {
        var storage = new SpoolStorageSpec { Size = "1Gi" };
        Assert.Equal(["spec.spool: neither storage nor postgres"], Findings(new() { Spool = new() }));
        Assert.Equal(["spec.spool: both storage and postgres"], Findings(new() { Spool = new() { Storage = storage, Postgres = new() } }));
        Assert.Empty(Findings(new() { Spool = new() { Storage = storage } }));
        Assert.Equal(["spec.delivery.mode: StoreAndForward without a spool"], Findings(new() { Delivery = new() { Mode = DeliveryMode.StoreAndForward } }));
    }

    [Fact]
    public void A_mode_of_a_listener_needs_what_it_works_with()
    {
        Assert.Equal(["spec.listeners[0].tls.secretRef: nothing"], Findings(new() { Listeners = [new() { Tls = new() { Mode = ListenerTlsMode.Required } }] }));
        Assert.Equal(["spec.listeners[0].tls.secretRef: nothing"], Findings(new() { Listeners = [new() { Protocol = ListenerProtocol.SMTPS }] }));
        Assert.Equal(["spec.listeners[0].auth.usersSecretRef: nothing"], Findings(new() { Listeners = [new() { Auth = new() { Mode = ListenerAuthMode.Optional, AllowPlaintext = true } }] }));
        Assert.Equal(["spec.listeners[0].auth.usersSecretRef: nothing"], Findings(new() { Listeners = [new() { Tls = new() { Mode = ListenerTlsMode.Optional, SecretRef = new() { Name = "pair" } }, Auth = new() { Mode = ListenerAuthMode.Optional } }] }));
        Assert.Equal(
            ["spec.listeners[0].proxyProtocol.trustedCIDRs: nothing"],
            Findings(new() { Listeners = [new() { ProxyProtocol = new() { Mode = ProxyProtocolMode.Required } }] }));
    }

    [Fact]
    public void What_follows_from_a_faulty_field_is_not_told_as_a_fault_of_its_own() =>
        Assert.Equal(
            ["spec.listeners[0].port", "spec.autoscaling.maxReplicas"],
            PoolFile.Parse(Pool.File(Pool.With(
                "listeners: [{ name: a, port: x }, { name: b, port: 2500 }]\n  autoscaling: { minReplicas: 9, maxReplicas: x }"), Pool.Hub), "f")
                .Faults.Select(fault => fault.Path));

    private static string Secrets => Pool.File(
        Pool.Secret("login", "username: u, password: p, clientSecret: c"), Pool.Secret("users", "users: \"a:$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.\""), Pool.Secret("db", "uri: \"mysql://u:hush@db.example/spool\""),
        Pool.Secret("ca", $"ca.crt: {Certificates.Quoted(Certificates.One.Certificate)}"),
        Pool.Secret("pair", $"tls.crt: {Certificates.Quoted(Certificates.One.Certificate)}, tls.key: {Certificates.Quoted(Certificates.One.Key)}"));

    private static IEnumerable<string> Findings(RelayPoolSpec spec) =>
        PoolChecks.All.SelectMany(check => check(new RelayPool { Metadata = new() { Name = "corp" }, Spec = spec }))
            .Select(finding => $"{finding.Path}: {finding.Found}");

    private static void Expect(PoolFileResult result, string path, string found, string allowed)
    {
        Assert.Null(result.Config);
        var fault = Assert.Single(result.Faults);
        Assert.Equal((path, found), (fault.Path, fault.Found));
        Assert.Contains(allowed, fault.Allowed, StringComparison.Ordinal);
    }
}
