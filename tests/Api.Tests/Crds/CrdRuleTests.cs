using System.Collections.Immutable;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>The rules of the definitions (x-kubernetes-validations). Each is broken by a case here, and kept by one.</summary>
public sealed class CrdRuleTests
{
    private const string Storage = "spool: { storage: { size: 10Gi, storageClassName: fast } }";
    private const string Tls = "tls: { secretRef: { name: pair } }";

    /// <summary>Lines of a pool's spec, the field that is told, and a part of the message; no message where the pool is right.</summary>
    public static TheoryData<string, string, string> Pools() => new()
    {
        // Listeners
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 587 }, { name: c, port: 2526 }]", "", "" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 25, containerPort: 3000 }]", "spec.listeners", "two listeners share a port" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 2525 }]", "spec.listeners", "two listeners share a container port" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 26, containerPort: 2525 }]", "spec.listeners", "two listeners share a container port" },
        { "listeners: [{ name: a, port: 25 }, { name: b, port: 2525, containerPort: 2526 }]", "", "" },
        { "listeners: [{ name: a, port: 1023 }, { name: b, port: 3523 }]", "spec.listeners", "two listeners share a container port" },
        { "listeners: [{ name: a, port: 1024 }, { name: b, port: 3524 }]", "", "" },
        { "listeners: [{ name: a, port: 1024 }]", "", "" },
        { "listeners: [{ name: a, port: 9025 }]", "spec.listeners[0].containerPort", "9025 and 9026 belong to the relay itself" },
        { "listeners: [{ name: a, port: 9026, containerPort: 9027 }]", "", "" },
        { "listeners: [{ name: a, port: 25, containerPort: 9026 }]", "spec.listeners[0].containerPort", "9025 and 9026 belong to the relay itself" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }, { name: b, port: 26, nodePort: 30025 }]", "spec.listeners", "two listeners share a nodePort" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }, { name: b, port: 26, nodePort: 30026 }]", "", "" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }]\n  vip: { type: ClusterIP }", "spec.listeners", "a Service of type ClusterIP has no node ports" },
        { "listeners: [{ name: a, port: 25, nodePort: 30025 }]\n  vip: { type: NodePort }", "", "" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Optional } }]", "spec.listeners[0].tls.secretRef", "need the listener's certificate" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Required } }]", "spec.listeners[0].tls.secretRef", "need the listener's certificate" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Required, secretRef: { name: pair } } }]", "", "" },
        { "listeners: [{ name: a, port: 465, protocol: SMTPS }]", "spec.listeners[0].tls.secretRef", "protocol SMTPS needs the listener's certificate" },
        { $"listeners: [{{ name: a, port: 465, protocol: SMTPS, {Tls} }}]", "", "" },
        { "listeners: [{ name: a, port: 25, tls: { clientCASecretRef: { name: ca } } }]", "spec.listeners[0].tls.mode", "certificates of clients are shown over TLS only" },
        { "listeners: [{ name: a, port: 465, protocol: SMTPS, tls: { secretRef: { name: pair }, clientCASecretRef: { name: ca } } }]", "", "" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [a.example] }]", "spec.access", "no listener asks clients for certificates" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Optional, secretRef: { name: pair }, clientCASecretRef: { name: ca } } }]\n  access: [{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [a.example] }]", "", "" },
        { "listeners: [{ name: a, port: 25, auth: { mode: Optional, allowPlaintext: true } }]", "spec.listeners[0].auth.usersSecretRef", "need users" },
        { "listeners: [{ name: a, port: 25, auth: { mode: Required, allowPlaintext: true, usersSecretRef: { name: users } } }]", "", "" },
        { "listeners: [{ name: a, port: 25, auth: { mode: Required, usersSecretRef: { name: users } } }]", "spec.listeners[0].auth.allowPlaintext", "AUTH is offered over TLS only" },
        { $"listeners: [{{ name: a, port: 465, protocol: SMTPS, {Tls}, auth: {{ mode: Required, usersSecretRef: {{ name: users }} }} }}]", "", "" },
        { "listeners: [{ name: a, port: 25, tls: { mode: Optional, secretRef: { name: pair } }, auth: { mode: Optional, usersSecretRef: { name: users } } }]", "", "" },
        { "access: [{ name: a, clientCIDRs: [10.0.0.0/8], requireAuth: true }]", "spec.access", "no listener lets clients authenticate" },
        { "listeners: [{ name: a, port: 25, auth: { mode: Optional, allowPlaintext: true, usersSecretRef: { name: users } } }]\n  access: [{ name: a, clientCIDRs: [10.0.0.0/8], requireAuth: true }]", "", "" },
        { "listeners: [{ name: a, port: 25, xclient: { trustedCIDRs: [10.1.0.0/16] } }]\n  access: [{ name: a, clientCIDRs: [10.0.0.0/8], requireAuth: true }]", "", "" },
        { "listeners: [{ name: a, port: 25, proxyProtocol: { mode: Required } }]", "spec.listeners[0].proxyProtocol.trustedCIDRs", "needs trustedCIDRs" },
        { "listeners: [{ name: a, port: 25, proxyProtocol: { mode: Required, trustedCIDRs: [] } }]", "spec.listeners[0].proxyProtocol.trustedCIDRs", "needs trustedCIDRs" },
        { "listeners: [{ name: a, port: 25, proxyProtocol: { mode: Required, trustedCIDRs: [10.0.0.0/8] } }]", "", "" },

        // Pods
        { "autoscaling: { minReplicas: 5, maxReplicas: 3 }", "spec.autoscaling.minReplicas", "lower the one or raise the other" },
        { "autoscaling: { maxReplicas: 1 }", "spec.autoscaling.minReplicas", "lower the one or raise the other" },
        { "autoscaling: { minReplicas: 3, maxReplicas: 3 }", "", "" },
        { "autoscaling: { maxReplicas: 20 }\n  replicas: 7", "", "" },
        { "vip: { drainSeconds: 330 }", "spec.vip.drainSeconds", "below template.terminationGracePeriodSeconds" },
        { "vip: { drainSeconds: 329 }", "", "" },
        { "template: { terminationGracePeriodSeconds: 30 }", "spec.vip.drainSeconds", "below template.terminationGracePeriodSeconds" },

        // The VIP
        { "vip: { type: NodePort, addresses: [10.0.0.25] }", "spec.vip.addresses", "NodePort has no addresses to ask for" },
        { "vip: { type: ClusterIP, addresses: [10.0.0.25] }", "", "" },
        { "vip: { type: NodePort, addresses: [] }", "", "" },
        { "vip: { ipFamilyPolicy: PreferDualStack, addresses: [10.0.0.25, 10.0.0.26] }", "spec.vip.addresses", "one is IPv4 and the other IPv6" },
        { "vip: { addresses: [10.0.0.25, \"2001:db8::25\"] }", "spec.vip.ipFamilyPolicy", "two addresses need two IP families" },
        { "vip: { ipFamilyPolicy: RequireDualStack, addresses: [\"2001:db8::25\", 10.0.0.25] }", "", "" },
        { "vip: { addresses: [\"::ffff:10.0.0.25\"] }", "spec.vip.addresses[0]", "write it in its IPv4 form" },
        { "vip: { type: NodePort, loadBalancerClass: metallb }", "spec.vip.loadBalancerClass", "only type LoadBalancer has a class" },
        { "vip: { loadBalancerClass: metallb }", "", "" },
        { "vip: { ipFamilies: [IPv6, IPv4] }", "spec.vip.ipFamilyPolicy", "two families need two IP stacks" },
        { "vip: { ipFamilies: [IPv6, IPv4], ipFamilyPolicy: PreferDualStack }", "", "" },
        { "vip: { ipFamilies: [IPv4, IPv4], ipFamilyPolicy: PreferDualStack }", "spec.vip.ipFamilies", "stands in the list once" },
        { "vip: { healthCheckCIDRs: [\"::FFFF:a00:0/104\"] }", "spec.vip.healthCheckCIDRs[0]", "write it in its IPv4 form" },
        { "vip: { healthCheckCIDRs: [\"2001:db8:ffff::/48\", \"::ffff:0:10.0.0.0/104\"] }", "", "" },
        { "vip: { annotations: { \"\": b } }", "spec.vip.annotations", "a key has 1 to 317 characters" },
        { "vip: { annotations: { metallb.io/allow-shared-ip: b } }", "", "" },
        { "hubs: { selector: { matchLabels: { \"\": b } } }", "spec.hubs.selector.matchLabels", "a key has 1 to 317 characters" },
        { "podMonitor: { labels: { \"\": b } }", "spec.podMonitor.labels", "a key has 1 to 317 characters" },
        { "template: { labels: { \"\": b } }", "spec.template.labels", "a key has 1 to 317 characters" },
        { "template: { annotations: { \"\": b } }", "spec.template.annotations", "a key has 1 to 317 characters" },
        { "template: { nodeSelector: { \"\": b } }", "spec.template.nodeSelector", "a key has 1 to 317 characters" },

        // Access and routes
        { Access("default") + Routes("partners"), "", "" },
        { Access("partners") + Routes("partners"), "", "" },
        { Access("\"\""), "", "" },
        { Access("partnrs") + Routes("partners"), "spec.access", "name default or one of spec.routes" },
        { Access("partners"), "spec.access", "name default or one of spec.routes" },
        { Routes("default"), "spec.routes[0].name", "the route default is that of spec.hubs" },
        { "routes: [{ name: r, recipientDomains: [a.example], hubs: { selector: { matchLabels: { \"\": b } } } }]", "spec.routes[0].hubs.selector.matchLabels", "a key has 1 to 317 characters" },
        { "access: [{ name: lob, clientCIDRs: [\"::ffff:10.0.0.0/104\"] }]", "spec.access[0].clientCIDRs[0]", "write it in its IPv4 form" },
        { "listeners: [{ name: a, port: 25, proxyProtocol: { trustedCIDRs: [\"0:0:0:0:0:ffff:a00:0/104\"] } }]", "spec.listeners[0].proxyProtocol.trustedCIDRs[0]", "write it in its IPv4 form" },
        { "listeners: [{ name: a, port: 25, xclient: { trustedCIDRs: [\"0:0:0:0:0:ffff:a00:0/104\"] } }]", "spec.listeners[0].xclient.trustedCIDRs[0]", "write it in its IPv4 form" },

        // Mail
        { "health: { ejection: { baseSeconds: 60, maxSeconds: 30 } }", "spec.health.ejection.maxSeconds", "raise maxSeconds or lower baseSeconds" },
        { "health: { ejection: { baseSeconds: 60, maxSeconds: 60 } }", "", "" },
        { "delivery: { mode: StoreAndForward }", "spec.delivery.mode", "StoreAndForward needs a spool" },
        { "delivery: { mode: StoreAndForward }\n  " + Storage, "", "" },
        { "delivery: { notifications: Postmaster }", "spec.delivery.notifications", "set spec.postmaster" },
        { "delivery: { notifications: Postmaster }\n  postmaster: \"\"", "spec.delivery.notifications", "set spec.postmaster" },
        { "delivery: { notifications: Postmaster }\n  postmaster: postmaster@corp.example", "", "" },
        { "spool: {}", "spec.spool", "set exactly one of storage and postgres" },
        { "spool: { storage: { size: 1Gi }, postgres: { connectionSecretRef: { name: db } } }", "spec.spool", "set exactly one of storage and postgres" },
        { "spool: { postgres: { connectionSecretRef: { name: db } } }", "", "" },
        { "spool: { storage: { size: \"0\" } }", "spec.spool.storage.size", "set a size above 0" },
        { $"postmaster: {new string('a', 65)}@corp.example", "spec.postmaster", "at most 64 characters" },
        { $"postmaster: {new string('a', 64)}@corp.example", "", "" },
    };

    /// <summary>Lines of a pool's spec before and after, the field that is told, and a part of the message.</summary>
    public static TheoryData<string, string, string, string> Changes() => new()
    {
        { Storage, "", "spec.spool", "is not removed from a pool" },
        { "spool: { postgres: { connectionSecretRef: { name: db } } }", "", "spec.spool", "is not removed from a pool" },
        { "", Storage, "", "" },
        { Storage, "spool: { postgres: { connectionSecretRef: { name: db } } }", "spec.spool", "the spool's kind does not change" },
        { "spool: { postgres: { connectionSecretRef: { name: db } } }", Storage, "spec.spool", "the spool's kind does not change" },
        { "spool: { postgres: { connectionSecretRef: { name: db } } }", "spool: { postgres: { connectionSecretRef: { name: db2 } } }", "", "" },
        { Storage, "spool: { storage: { size: 10Gi, storageClassName: slow } }", "spec.spool.storage.storageClassName", "put spool.storage.storageClassName back" },
        { Storage, "spool: { storage: { size: 10Gi } }", "spec.spool.storage.storageClassName", "put spool.storage.storageClassName back" },
        { "spool: { storage: { size: 10Gi } }", "spool: { storage: { size: 10Gi, storageClassName: \"\" } }", "", "" },
        { "spool: { storage: { size: 10Gi } }", "spool: { storage: { size: 10Gi, storageClassName: fast } }", "spec.spool.storage.storageClassName", "put spool.storage.storageClassName back" },
        { Storage, "spool: { storage: { size: 9.5Gi, storageClassName: fast } }", "spec.spool.storage.size", "volumes only grow" },
        { Storage, "spool: { storage: { size: 10G, storageClassName: fast } }", "spec.spool.storage.size", "volumes only grow" },
        { Storage, "spool: { storage: { size: 10240Mi, storageClassName: fast } }", "", "" },
        { Storage, "spool: { storage: { size: 1Ti, storageClassName: fast } }\n  replicas: 5", "", "" },
        { "replicas: 2\n  autoscaling: { maxReplicas: 9 }", "replicas: 9\n  autoscaling: { maxReplicas: 9 }", "", "" },
    };

    /// <summary>A hub's spec, the field that is told, and a part of the message.</summary>
    public static TheoryData<string, string, string> Hubs() => new()
    {
        { "{ host: ht01.corp.example }", "", "" },
        { "{ host: 10.0.0.25 }", "", "" },
        { "{ host: \"2001:db8::25\" }", "", "" },
        { "{ host: 10.0.0.256 }", "spec.host", "write four numbers from 0 to 255" },
        { "{ host: 10.0.0.025 }", "spec.host", "write four numbers from 0 to 255" },
        { "{ host: \"25\" }", "spec.host", "write four numbers from 0 to 255" },
        { "{ host: 25.example }", "", "" },
        { "{ host: \"::ffff:10.0.0.25\" }", "spec.host", "write it in its IPv4 form" },
        { "{ host: a, credentials: { secretRef: { name: login } } }", "spec.tls.mode", "passwords go to verified hubs only" },
        { "{ host: a, tls: { mode: Disabled }, credentials: { secretRef: { name: login } } }", "spec.tls.mode", "passwords go to verified hubs only" },
        { "{ host: a, tls: { mode: Required }, credentials: { secretRef: { name: login } } }", "", "" },
        { "{ host: a, tls: { mode: Implicit }, credentials: { secretRef: { name: login } } }", "", "" },
        { "{ host: a, tls: { mode: Required }, credentials: {} }", "spec.credentials", "set exactly one of secretRef and oauth2" },
        { OAuth2("secretRef: { name: login }, "), "spec.credentials", "set exactly one of secretRef and oauth2" },
        { OAuth2("mechanism: Plain, "), "spec.credentials.mechanism", "set mechanism to Auto or XOAuth2" },
        { OAuth2("mechanism: XOAuth2, "), "", "" },
        { OAuth2(""), "", "" },
        { OAuth2("", tls: "Opportunistic"), "spec.tls.mode", "passwords go to verified hubs only" },
        { "{ host: a, tls: { caSecretRef: { name: ca } } }", "spec.tls.mode", "set tls.mode to Required or Implicit, or remove caSecretRef" },
        { "{ host: a, tls: { mode: Implicit, caSecretRef: { name: ca } } }", "", "" },
        { "{ host: a, tls: { mode: Disabled, clientCertificateSecretRef: { name: pair } } }", "spec.tls.mode", "a client certificate is shown over TLS only" },
        { "{ host: a, tls: { clientCertificateSecretRef: { name: pair } } }", "", "" },
        { "{ host: 10.0.0.1, discovery: DnsMx }", "spec.host", "there is nothing to look up about an address" },
        { "{ host: \"2001:db8::1\", discovery: DnsAddresses }", "spec.host", "there is nothing to look up about an address" },
        { "{ host: corp.example, discovery: DnsMx }", "", "" },
        { "{ host: _smtp._tcp.corp.example }", "spec.host", "set discovery to DnsSrv" },
        { "{ host: _smtp._tcp.corp.example, discovery: DnsSrv }", "", "" },
    };

    /// <summary>Names of pools, and whether a pool may have them.</summary>
    public static TheoryData<string, bool> PoolNames() => new()
    {
        { "corp", true }, { "c", true }, { "corp-2", true }, { new string('a', 45), true },
        { new string('a', 46), false }, { "2corp", false }, { "corp-", false }, { "corp.mail", false },
    };

    [Theory]
    [MemberData(nameof(Pools))]
    public void A_pool_keeps_the_rules_or_is_told_how_to_mend_it(string spec, string path, string message) =>
        Expect(Faults(Pool.With(spec)), path, message);

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_of_a_pool_keeps_the_rules_or_is_told_how_to_mend_it(string before, string after, string path, string message) =>
        Expect(Faults(Pool.With(after), Pool.With(before)), path, message);

    [Theory]
    [MemberData(nameof(Hubs))]
    public void A_hub_keeps_the_rules_or_is_told_how_to_mend_it(string spec, string path, string message) =>
        Expect(Faults(Hub(spec)), path, message);

    [Theory]
    [MemberData(nameof(PoolNames))]
    public void A_pool_is_named_so_that_Services_and_pods_can_be(string name, bool allowed) =>
        Expect(Faults(Pool.With("", $"{{ name: {name} }}")), "", allowed ? "" : "name it with at most 45 lower-case letters");

    [Fact]
    public void Every_rule_is_broken_by_one_of_the_cases()
    {
        var broken = Pools().SelectMany(row => Faults(Pool.With(row.Data.Item1)))
            .Concat(Changes().SelectMany(row => Faults(Pool.With(row.Data.Item2), Pool.With(row.Data.Item1))))
            .Concat(Hubs().SelectMany(row => Faults(Hub(row.Data.Item1))))
            .Concat(PoolNames().SelectMany(row => Faults(Pool.With("", $"{{ name: {row.Data.Item1} }}"))))
            .Select(fault => fault.Rule)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        Assert.All(
            new[] { Crd.RelayPool, Crd.HubTransport }.SelectMany(crd => Crd.All(crd.Schema)),
            field => Assert.All(field.Schema.Rules, rule => Assert.True(broken.Contains(rule), $"no case breaks the rule at {field.Path}: {rule.Program.Text}")));
    }

    [Fact]
    public void Every_rule_tells_how_to_mend_what_it_refuses() =>
        Assert.All(
            new[] { Crd.RelayPool, Crd.HubTransport }.SelectMany(crd => Crd.All(crd.Schema)).SelectMany(field => field.Schema.Rules),
            rule => Assert.InRange(rule.Message.Length, 25, 250));

    [Fact]
    public void A_field_that_a_rule_points_to_is_there() =>
        Assert.All(
            new[] { Crd.RelayPool, Crd.HubTransport }.SelectMany(crd => Crd.All(crd.Schema)),
            field => Assert.All(field.Schema.Rules, rule => Assert.True(
                rule.FieldPath.Length == 0 || Crd.All(field.Schema).Any(inner => $".{inner.Path}" == rule.FieldPath), $"{field.Path} has no {rule.FieldPath}")));

    private static string Access(string route) => $"access: [{{ name: lob, clientCIDRs: [10.0.0.0/8], route: {route} }}]\n  ";

    private static string Routes(string name) => $"routes: [{{ name: {name}, recipientDomains: [a.example] }}]";

    private static string OAuth2(string more, string tls = "Required") =>
        $"{{ host: a, tls: {{ mode: {tls} }}, credentials: {{ {more}oauth2: {{ tokenUrl: \"https://a/t\", clientId: c, scope: s, secretRef: {{ name: login }} }} }} }}";

    private static string Hub(string spec) => Pool.Hub.Replace("{ host: 10.0.0.1 }", spec, StringComparison.Ordinal);

    private static ImmutableArray<SchemaFault> Faults(string written, string? before = null)
    {
        var value = Crd.Objects(written).Single();
        var old = before is null ? null : Crd.Objects(before).Single();
        return Crd.Of(value["kind"]!.GetValue<string>()).Admit(value, old).Faults;
    }

    private static void Expect(ImmutableArray<SchemaFault> faults, string path, string message)
    {
        if (message.Length == 0)
        {
            Assert.Empty(faults);
            return;
        }

        var fault = Assert.Single(faults, fault => fault.Rule is not null);
        Assert.Equal(path, fault.Path);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }
}
