using Xunit;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>
/// What the file loader refuses, a cluster refuses too, by the schema or by a rule, and the other way round; but for what a
/// schema of Kubernetes 1.29 cannot say or could not afford, which the operator tells in a condition.
/// </summary>
public sealed class CrdAgreementTests
{
    /// <summary>What only the operator's own checks see in a cluster.</summary>
    private static readonly string[] ForTheOperator =
    [
        // Comparing all networks, or all domains, with each other would cost more than a rule may.
        "spec.access[1].clientCIDRs[0]: 2001:0db8::/32 a second time",
        "spec.routes[1].recipientDomains[0]: a.example a second time",
        "spec.access[0].senderDomains[1]: A.Example a second time",
        // No library for networks before 1.30.
        "spec.access[0].clientCIDRs[0]: 10.20.1.0/16",
        "spec.access[0].clientCIDRs[0]: \"2001:db8::1/32\"",
    ];

    /// <summary>What is a matter of YAML's own types; a cluster is handed JSON.</summary>
    private static readonly string[] OfYaml =
    [
        "replicas: 02", "replicas: 2.0", "heloName: no", "vip: { annotations: { a: b, a: c } }", "replicas: 1\n  replicas: 2",
        "template: { affinity: { a: b, a: c } }", "template: { resources: { requests: { cpu: 0x10 } } }", "vip: { <<: { type: NodePort } }",
    ];

    public static TheoryData<string> RefusedPools() =>
    [
        .. FieldFaultTests.Rows().Concat(RuleFaultTests.PoolRows())
            .Where(row => !OfYaml.Contains(row.Data.Item1, StringComparer.Ordinal)
                && !ForTheOperator.Contains($"{row.Data.Item2}: {row.Data.Item3}", StringComparer.Ordinal))
            .Select(row => row.Data.Item1),
    ];

    public static TheoryData<string> RefusedHubs() => [.. RuleFaultTests.HubRows().Select(row => row.Data.Item1)];

    /// <summary>A field of each format, and texts to try there.</summary>
    public static TheoryData<TextFormat, string> Formats() => new()
    {
        { TextFormat.DnsLabel, "listeners: [{{ name: {0}, port: 25 }}]" },
        { TextFormat.ObjectName, "template: {{ imagePullSecrets: [{{ name: {0} }}] }}" },
        { TextFormat.HostName, "heloName: {0}" },
        { TextFormat.Address, "vip: {{ addresses: [{0}] }}" },
        { TextFormat.Cidr, "access: [{{ name: a, clientCIDRs: [{0}] }}]" },
        { TextFormat.DomainPattern, "access: [{{ name: a, clientCIDRs: [10.0.0.0/8], senderDomains: [{0}] }}]" },
        { TextFormat.CertificateName, "listeners: [{{ name: s, port: 25, tls: {{ mode: Optional, secretRef: {{ name: a }}, clientCASecretRef: {{ name: a }} }} }}]\n  access: [{{ name: a, clientCIDRs: [10.0.0.0/8], clientCertificates: [{0}] }}]" },
        { TextFormat.OwnField, "access: [{{ name: a, clientCIDRs: [10.0.0.0/8], headerRepair: {{ clientAddressField: {0} }} }}]" },
        { TextFormat.MailAddress, "postmaster: {0}" },
        { TextFormat.Quantity, "spool: {{ storage: {{ size: {0} }} }}" },
    };

    private static readonly string[] Texts =
    [
        "a", "a-b", "-a", "a-", "_a", "_-a", "a_b", "A", "1", "1a", "a.b", "a..b", ".a", "a.", "*.a", "*.*.a", "*", "a b", "bücher.example", "X-Client", "x-1", "X-", "X-a_b", "a@b.example", "a.b@c.example",
        "a..b@c.example", ".a@c.example", "a@b@c.example", "@c.example", "a@", "a'b@c.example", "a@[10.0.0.1]", "10.0.0.1", "10.0.0.01", "10.0.0.256", "10.0.0", "0.0.0.0",
        "255.255.255.255", "::", "::1", "2001:db8::1", "2001:DB8::1", "2001:db8:::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "::ffff:10.0.0.1", "::FFFF:a00:1", "0::ffff:1.2.3.4",
        "64:ff9b::10.0.0.1", "[::1]", "fe80::1%1", "0.0.0.0/0", "::/0", "10.0.0.0/8", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0", "10.0.0.1/32", "2001:db8::/32",
        "2001:db8::/129", "2001:db8::/032", "::ffff:10.0.0.0/104", "::ffff:0:0/96", "/8", "1Gi", "0", "0Gi", "0.5Gi", "00.10", "1.", ".5", "1e3", "-1", "10m", "1Zi", "9999999999999999", "10Gi\n",
        "a\n", " a", "a ", "Scanner 3", "a\u007f", "10.0.0.0/8\n", "corp.example", "corp.example\n", new('a', 63), new('a', 64), $"{new string('a', 63)}.b", $"{new string('a', 64)}.b", $"_{new string('a', 62)}", $"_{new string('a', 63)}",
    ];

    [Theory]
    [MemberData(nameof(RefusedPools))]
    public void A_pool_that_the_loader_refuses_is_refused_by_a_cluster(string spec)
    {
        var (_, unknown, faults) = Crd.RelayPool.Admit(Crd.Objects(Pool.With(spec)).Single());
        Assert.True(unknown.Length + faults.Length > 0);
    }

    [Theory]
    [MemberData(nameof(RefusedHubs))]
    public void A_hub_that_the_loader_refuses_is_refused_by_a_cluster(string spec) =>
        Assert.NotEmpty(Crd.HubTransport.Admit(Crd.Objects(Pool.Hub.Replace("{ host: 10.0.0.1 }", spec, StringComparison.Ordinal)).Single()).Faults);

    [Theory]
    [MemberData(nameof(CrdRuleTests.Pools), MemberType = typeof(CrdRuleTests))]
    public void A_pool_that_breaks_a_rule_is_refused_by_the_loader_and_one_that_keeps_them_is_not(string spec, string _, string message) =>
        Assert.Equal(message.Length == 0, LoaderTakes(Pool.File(Pool.With(spec), Pool.Hub)));

    [Theory]
    [MemberData(nameof(CrdRuleTests.Hubs), MemberType = typeof(CrdRuleTests))]
    public void A_hub_that_breaks_a_rule_is_refused_by_the_loader_and_one_that_keeps_them_is_not(string spec, string _, string message) =>
        Assert.Equal(message.Length == 0, LoaderTakes(Pool.WithHub(spec)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_text_is_of_a_format_for_both_or_for_neither(TextFormat format, string field)
    {
        foreach (var text in Texts)
        {
            var written = Pool.With(string.Format(field, System.Text.Json.JsonSerializer.Serialize(text)));
            var refused = Crd.RelayPool.Admit(Crd.Objects(written).Single()).Faults;
            var longest = format == TextFormat.DnsLabel ? 15 : 253;
            var wanted = TextFormats.Allowed(format, text) is null && text.Length <= longest;
            Assert.True(wanted == refused.IsEmpty, $"{format} {text.Trim()} ({text.Length}): {(wanted ? $"allowed by the loader, but {refused.FirstOrDefault()}" : "refused by the loader only")}");
        }
    }

    [Fact]
    public void A_host_is_one_for_both_or_for_neither()
    {
        foreach (var text in Texts)
        {
            var spec = $"{{ host: {System.Text.Json.JsonSerializer.Serialize(text)}, discovery: {(text.Contains('_', StringComparison.Ordinal) ? "DnsSrv" : "Static")} }}";
            var refused = Crd.HubTransport.Admit(Crd.Objects(Pool.Hub.Replace("{ host: 10.0.0.1 }", spec, StringComparison.Ordinal)).Single()).Faults;
            var wanted = TextFormats.Allowed(TextFormat.Host, text) is null;
            Assert.True(wanted == refused.IsEmpty, $"{text.Trim()}: {(wanted ? $"allowed by the loader, but {refused.FirstOrDefault()}" : "refused by the loader only")}");
        }
    }

    [Fact]
    public void A_token_URL_is_one_for_both_or_for_neither()
    {
        string[] hosts = ["a", "a.b", "a..b", "", "10.0.0.1", "a_b", "[::1]", "a:443", "a:0", "a:01", "a:65535", "a:65536", "a:99999", "a:", "u@a", "u:p@a", "a b", new('a', 64)];
        string[] ends = ["", "/", "/t/oauth2/v2.0/token?x=1", "?x", "/#f", "/a b", "/%", "/\u00e4", "/a\n", "/\"", "//"];
        var texts = hosts.SelectMany(host => ends.Select(end => $"https://{host}{end}")).Concat(Texts).Append("http://a/").Append("HTTPS://a/");
        foreach (var text in texts)
        {
            var spec = $"{{ host: a, tls: {{ mode: Required }}, credentials: {{ oauth2: {{ tokenUrl: {System.Text.Json.JsonSerializer.Serialize(text)}, clientId: c, scope: s, secretRef: {{ name: l }} }} }} }}";
            var refused = Crd.HubTransport.Admit(Crd.Objects(Pool.Hub.Replace("{ host: 10.0.0.1 }", spec, StringComparison.Ordinal)).Single()).Faults;
            var wanted = TextFormats.Allowed(TextFormat.HttpsUrl, text) is null;
            Assert.True(wanted == refused.IsEmpty, $"{text.Trim()}: {(wanted ? $"allowed by the loader, but {refused.FirstOrDefault()}" : "refused by the loader only")}");
        }
    }

    /// <summary>Whether the loader has nothing against a file but the Secrets that it lacks.</summary>
    private static bool LoaderTakes(string file) =>
        PoolFile.Parse(file, "corp.yaml").Faults.All(fault => fault.Path.EndsWith("Ref.name", StringComparison.Ordinal));
}
