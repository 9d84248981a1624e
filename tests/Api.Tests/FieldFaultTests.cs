using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>One row a fault of the pool's spec: the lines, the field, what was found, and a part of what is allowed.</summary>
public sealed class FieldFaultTests
{
    public static TheoryData<string, string, string, string> Rows() => new()
    {
        // Types
        { "replicas: two", "spec.replicas", "two", "a whole number from 0 to 500" },
        { "replicas: \"2\"", "spec.replicas", "\"2\"", "a whole number from 0 to 500, without quotes" },
        { "replicas: 2.0", "spec.replicas", "2.0", "a whole number" },
        { "replicas: 0o2", "spec.replicas", "0o2", "a whole number" },
        { "replicas: 02", "spec.replicas", "02", "a whole number" },
        { "replicas: 1_0", "spec.replicas", "1_0", "a whole number" },
        { "replicas: []", "spec.replicas", "a list of 0", "a whole number" },
        { "replicas: 99999999999999999999", "spec.replicas", "99999999999999999999", "0 to 500" },
        { "heloName: 25", "spec.heloName", "25, which YAML does not take for text", "between quotes: \"25\"" },
        { "heloName: no", "spec.heloName", "no, which YAML does not take for text", "between quotes: \"no\"" },
        { "heloName: { a: b }", "spec.heloName", "a mapping of 1", "DNS name of at most 253 characters" },
        { "vip: { preserveClientIP: yes }", "spec.vip.preserveClientIP", "yes", "true or false" },
        { "vip: { preserveClientIP: \"true\" }", "spec.vip.preserveClientIP", "\"true\"", "true or false, without quotes" },
        { "vip: 5", "spec.vip", "5", "a mapping with type, addresses" },
        { "access: { name: lob }", "spec.access", "a mapping of 1", "a list" },
        { "access: [~]", "spec.access[0]", "nothing", "a mapping with name, clientCIDRs" },
        { "vip: { annotations: [a] }", "spec.vip.annotations", "a list of 1", "a mapping of names to texts" },
        { "vip: { annotations: { a: true } }", "spec.vip.annotations.a", "true, which YAML does not take for text", "\"true\"" },
        { "template: { affinity: none }", "spec.template.affinity", "none", "a mapping, as Kubernetes has it" },
        { "template: { resources: { requests: { cpu: 0x10 } } }", "spec.template.resources.requests.cpu", "0x10, which YAML readers take for different things", "quotes" },

        // Unknown and repeated fields
        { "balancng: {}", "spec.balancng", "the unknown field \"balancng\"", "did you mean balancing? known here: heloName" },
        { "health: { probe: { timeout: 3 } }", "spec.health.probe.timeout", "the unknown field \"timeout\"", "known here: depth, intervalSeconds" },
        { "vip: { PreserveClientIp: true }", "spec.vip.PreserveClientIp", "the unknown field \"PreserveClientIp\"", "did you mean preserveClientIP?" },
        { "replicas: 1\n  replicas: 2", "spec.replicas", "the field a second time", "each field once" },
        { "vip: { annotations: { a: b, a: c } }", "spec.vip.annotations.a", "the key a second time", "each key once" },
        { "vip: { annotations: { \"\": b } }", "spec.vip.annotations", "the key \"\"", "keys of 1 to 317 characters" },
        { "template: { affinity: { a: b, a: c } }", "spec.template.affinity.a", "the field a second time", "each field once" },
        { "vip: { <<: { type: NodePort } }", "spec.vip.<<", "a merge key", "fields written out" },

        // Enums
        { "balancing: { policy: leastLoaded }", "spec.balancing.policy", "leastLoaded", "LeastLoaded, RoundRobin or ClientHash; did you mean LeastLoaded?" },
        { "balancing: { policy: Random }", "spec.balancing.policy", "Random", "LeastLoaded, RoundRobin or ClientHash" },
        { "balancing: { policy: 1 }", "spec.balancing.policy", "1", "LeastLoaded, RoundRobin or ClientHash" },
        { "vip: { ipFamilies: [ipv4] }", "spec.vip.ipFamilies[0]", "ipv4", "did you mean IPv4?" },

        // Bounds
        { "listeners: [{ name: smtp, port: 0 }]", "spec.listeners[0].port", "0", "a whole number from 1 to 65535" },
        { "listeners: [{ name: smtp, port: 65536 }]", "spec.listeners[0].port", "65536", "a whole number from 1 to 65535" },
        { "listeners: [{ name: smtp, port: 25, containerPort: 1023 }]", "spec.listeners[0].containerPort", "1023", "1024 to 65535" },
        { "listeners: []", "spec.listeners", "a list of 0", "a list of 1 to 8" },
        { "delivery: { retrySeconds: [60, 0] }", "spec.delivery.retrySeconds[1]", "0", "1 to 86400" },
        { "delivery: { retrySeconds: [] }", "spec.delivery.retrySeconds", "a list of 0", "a list of 1 to 64" },
        { "limits: { maxMessageBytes: 1023 }", "spec.limits.maxMessageBytes", "1023", "1024 to 2147483648" },
        { "limits: { memoryBytes: -1 }", "spec.limits.memoryBytes", "-1", "1048576 to 1099511627776" },
        { "vip: { addresses: [10.0.0.1, 10.0.0.2, 10.0.0.3] }", "spec.vip.addresses", "a list of 3", "a list of 0 to 2" },
        { "balancing: { clientHashPrefix: 33 }", "spec.balancing.clientHashPrefix", "33", "1 to 32" },

        // Missing
        { "listeners: [{ port: 25 }]", "spec.listeners[0].name", "nothing", "DNS label of at most 15 characters" },
        { "listeners: [{ name: smtp, port: ~ }]", "spec.listeners[0].port", "nothing", "1 to 65535" },
        { "listeners: [{ name: \"\", port: 25 }]", "spec.listeners[0].name", "\"\"", "lower-case letters" },
        { "access: [{ name: lob }]", "spec.access[0].clientCIDRs", "nothing", "a list of 1 to 256" },
        { "autoscaling: {}", "spec.autoscaling.maxReplicas", "nothing", "1 to 500" },

        // Names, hosts and addresses
        { "listeners: [{ name: SMTP, port: 25 }]", "spec.listeners[0].name", "SMTP", "lower-case letters" },
        { "listeners: [{ name: a-name-far-too-long, port: 25 }]", "spec.listeners[0].name", "text of 19 characters", "at most 15 characters" },
        { "heloName: relay_.corp.example.", "spec.heloName", "relay_.corp.example.", "without its last dot" },
        { "heloName: -relay.example", "spec.heloName", "-relay.example", "a DNS name" },
        { "heloName: relay..example", "spec.heloName", "relay..example", "a DNS name" },
        { "heloName: bücher.example", "spec.heloName", "bücher.example", "the ASCII form, xn--bcher-kva.example" },
        { "postmaster: postmaster", "spec.postmaster", "postmaster", "postmaster@corp.example" },
        { "postmaster: \"a b@corp.example\"", "spec.postmaster", "\"a b@corp.example\"", "before the '@'" },
        { "postmaster: a@corp..example", "spec.postmaster", "a@corp..example", "behind the '@', a DNS name" },
        { "vip: { addresses: [10.0.0.025] }", "spec.vip.addresses[0]", "10.0.0.025", "without brackets, port or leading zeros" },
        { "vip: { addresses: [\"[::1]\"] }", "spec.vip.addresses[0]", "\"[::1]\"", "without brackets" },
        { "vip: { addresses: [10.0.0.1/32] }", "spec.vip.addresses[0]", "10.0.0.1/32", "without a prefix length" },
        { "vip: { addresses: [\"::1\", \"0:0::1\"] }", "spec.vip.addresses[1]", "\"0:0::1\" a second time", "spec.vip.addresses[0] has it already" },

        // Networks
        { Rule("[10.20.1.0/16]"), "spec.access[0].clientCIDRs[0]", "10.20.1.0/16", "10.20.0.0/16, which has no bits set" },
        { Rule("[\"2001:db8::1/32\"]"), "spec.access[0].clientCIDRs[0]", "\"2001:db8::1/32\"", "2001:db8::/32, which" },
        { Rule("[10.20.0.1]"), "spec.access[0].clientCIDRs[0]", "10.20.0.1", "10.20.0.1/32 for this address alone" },
        { Rule("[\"::ffff:10.0.0.0/104\"]"), "spec.access[0].clientCIDRs[0]", "\"::ffff:10.0.0.0/104\"", "the IPv4 form, 10.0.0.0/8" },
        { Rule("[10.0.0.0/33]"), "spec.access[0].clientCIDRs[0]", "10.0.0.0/33", "a prefix length from 0 to 32" },
        { Rule("[10.0.0.0/08]"), "spec.access[0].clientCIDRs[0]", "10.0.0.0/08", "a prefix length from 0 to 32" },
        { Rule("[10.0.0.0/]"), "spec.access[0].clientCIDRs[0]", "10.0.0.0/", "a prefix length from 0 to 32" },
        { Rule("[10.0/16]"), "spec.access[0].clientCIDRs[0]", "10.0/16", "a network such as" },
        { Rule("[everyone]"), "spec.access[0].clientCIDRs[0]", "everyone", "a network such as" },
        { Rule("[10.0.0.0/8, 10.0.0.0/8]"), "spec.access[0].clientCIDRs[1]", "10.0.0.0/8 a second time", "spec.access[0].clientCIDRs[0] has it already" },
        {
            "access: [{ name: a, clientCIDRs: [\"2001:db8::/32\"] }, { name: b, clientCIDRs: [\"2001:0db8::/32\"] }]",
            "spec.access[1].clientCIDRs[0]", "2001:0db8::/32 a second time", "spec.access[0] has it already"
        },

        // Domains
        { Rule("[10.0.0.0/8], recipientDomains: [bücher.example]"), "spec.access[0].recipientDomains[0]", "bücher.example", "xn--bcher-kva.example" },
        { Rule("[10.0.0.0/8], recipientDomains: [\"*.bücher.example\"]"), "spec.access[0].recipientDomains[0]", "\"*.bücher.example\"", "*.xn--bcher-kva.example" },
        { Rule("[10.0.0.0/8], senderDomains: [\"@corp.example\"]"), "spec.access[0].senderDomains[0]", "\"@corp.example\"", "the domain alone, corp.example" },
        { Rule("[10.0.0.0/8], senderDomains: [.corp.example]"), "spec.access[0].senderDomains[0]", ".corp.example", "*.corp.example" },
        { Rule("[10.0.0.0/8], senderDomains: [\"*\"]"), "spec.access[0].senderDomains[0]", "\"*\"", "leave the list out" },
        { Rule("[10.0.0.0/8], senderDomains: [\"a.*.example\"]"), "spec.access[0].senderDomains[0]", "\"a.*.example\"", "a domain such as" },
        { Rule("[10.0.0.0/8], senderDomains: [a.example, A.Example]"), "spec.access[0].senderDomains[1]", "A.Example a second time", "senderDomains[0] has it already" },
        { "routes: [{ name: r }]", "spec.routes[0].recipientDomains", "nothing", "a list of 1 to 256" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_faulty_field_is_told_with_what_was_found_and_what_is_allowed(string spec, string path, string found, string allowed)
    {
        var result = PoolFile.Parse(Pool.File(Pool.With(spec), Pool.Hub), "corp.yaml");
        Assert.Null(result.Config);
        var fault = Assert.Single(result.Faults);
        Assert.Equal((path, found), (fault.Path, fault.Found));
        Assert.Contains(allowed, fault.Allowed, StringComparison.Ordinal);
        Assert.Equal(("corp.yaml", 1, "RelayPool", "corp"), (fault.File, fault.Document, fault.Kind, fault.Name));
        Assert.InRange(fault.Line, 4, 9);
    }

    private static string Rule(string networks) => $"access: [{{ name: lob, clientCIDRs: {networks} }}]";
}
