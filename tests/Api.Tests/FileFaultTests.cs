using System.Text;
using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>Faults of documents, of what they have to do with each other, and of the file itself.</summary>
public sealed class FileFaultTests
{
    public static TheoryData<string, string, int, string, string, string> Rows()
    {
        var (one, other) = (Certificates.One, Certificates.Other);
        const string hub = "{ host: a, tls: { mode: Required";
        return new()
        {
            // Documents
            { "", "", 0, "", "no RelayPool", "one RelayPool (apiVersion: relayoperator.io/v1beta1, kind: RelayPool)" },
            { "# nothing but a comment\n", "", 0, "", "no RelayPool", "one RelayPool" },
            { "---\n---\n", "", 0, "", "no RelayPool", "one RelayPool" },
            { Pool.Hub, "", 0, "", "no RelayPool", "one RelayPool" },
            { Pool.And("just text"), "", 3, "", "just text", "an object with apiVersion, kind, metadata and spec" },
            { Pool.And("- a list"), "", 3, "", "a list of 1", "an object with apiVersion" },
            { Pool.And("apiVersion: v1"), "", 3, "kind", "nothing", "RelayPool, HubTransport, Secret" },
            { Pool.And("apiVersion: v1\nkind: Service"), "Service", 3, "kind", "Service", "keep other objects in a file of their own" },
            { Pool.With("").Replace("kind: RelayPool", "kind: relaypool", StringComparison.Ordinal), "relaypool", 1, "kind", "relaypool", "did you mean RelayPool?" },
            { Pool.With("").Replace("v1beta1", "v1alpha1", StringComparison.Ordinal), "RelayPool", 1, "apiVersion", "relayoperator.io/v1alpha1", "relayoperator.io/v1beta1" },
            { Pool.With("").Replace("apiVersion: relayoperator.io/v1beta1", "", StringComparison.Ordinal), "RelayPool", 1, "apiVersion", "nothing", "relayoperator.io/v1beta1" },
            { Pool.And(Pool.With("")), "RelayPool", 3, "kind", "RelayPool a second time; document 1 is one", "one RelayPool in a file" },
            { Pool.And(Pool.Hub), "HubTransport", 3, "metadata.name", "ht01 a second time", "document 2 has it already" },
            { Pool.And(Pool.Secret("a", "b: c"), Pool.Secret("a", "b: c")), "Secret", 4, "metadata.name", "a a second time", "document 3 has it already" },

            // Metadata
            { Pool.With("", "{ name: Corp }"), "RelayPool", 1, "metadata.name", "Corp", "lower-case letters" },
            { Pool.With("", "{ name: 1corp }"), "RelayPool", 1, "metadata.name", "\"1corp\"", "DNS-1035 label of at most 45" },
            { Pool.With("", "{ name: corp.mail }"), "RelayPool", 1, "metadata.name", "\"corp.mail\"", "DNS-1035 label of at most 45" },
            { Pool.With("", $"{{ name: {new string('a', 46)} }}"), "RelayPool", 1, "metadata.name", $"\"{new string('a', 46)}\"", "at most 45" },
            { Pool.With("", "{ labels: { a: b } }"), "RelayPool", 1, "metadata.name", "nothing", "object name" },
            { Pool.With("", "~"), "RelayPool", 1, "metadata", "nothing", "a mapping with name, namespace" },
            { Pool.And("apiVersion: relayoperator.io/v1beta1\nkind: HubTransport\nmetadata: { name: h, namespace: mail }\nspec: { host: a }"), "HubTransport", 3, "metadata.namespace", "mail", "the namespace of the pool, default" },
            { Pool.And("apiVersion: relayoperator.io/v1beta1\nkind: HubTransport\nmetadata: { name: h }"), "HubTransport", 3, "spec", "nothing", "a mapping with host, port" },

            // Secrets
            { Pool.WithHub($"{hub} }}, credentials: {{ secretRef: {{ name: login }} }} }}"), "HubTransport", 2, "spec.credentials.secretRef.name", "login", "the name of a Secret in this file (there is none)" },
            { Pool.WithHub($"{hub} }}, credentials: {{ secretRef: {{ name: logn }} }} }}", Pool.Secret("login", "a: b")), "HubTransport", 2, "spec.credentials.secretRef.name", "logn", "(there are login); did you mean login?" },
            { Pool.WithHub($"{hub} }}, credentials: {{ secretRef: {{ name: login }} }} }}", Pool.Secret("login", "username: b")), "HubTransport", 2, "spec.credentials.secretRef.name", "Secret login without password", "the keys username and password" },
        { Pool.WithHub($"{hub} }}, credentials: {{ oauth2: {{ tokenUrl: \"https://a/t\", clientId: c, scope: s, secretRef: {{ name: login }} }} }} }}", Pool.Secret("login", "username: b")), "HubTransport", 2, "spec.credentials.oauth2.secretRef.name", "Secret login without clientSecret", "the keys username and clientSecret" },
        { Pool.WithHub($"{hub} }}, credentials: {{ oauth2: {{ tokenUrl: \"https://a/t\", clientId: c, scope: s, secretRef: {{ name: login }}, caSecretRef: {{ name: ca }} }} }} }}", Pool.Secret("login", "username: b, clientSecret: c, ca.crt: x")), "HubTransport", 2, "spec.credentials.oauth2.caSecretRef.name", "ca", "the name of a Secret in this file (there are login)" },
            { Pool.WithHub($"{hub}, caSecretRef: {{ name: ca }} }} }}", Pool.Secret("ca", "ca.crt: nonsense")), "HubTransport", 2, "spec.tls.caSecretRef.name", "Secret ca whose ca.crt holds no certificate", "PEM" },
            { Pool.WithHub($"{hub}, clientCertificateSecretRef: {{ name: pair }} }} }}", Pool.Secret("pair", $"tls.crt: {Certificates.Quoted(one.Certificate)}, tls.key: {Certificates.Quoted(other.Key)}")), "HubTransport", 2, "spec.tls.clientCertificateSecretRef.name", "Secret pair whose tls.crt and tls.key cannot be read as a certificate and its key", "PEM texts that belong together" },
            { Pool.File(Pool.With("listeners: [{ name: a, port: 465, protocol: SMTPS, tls: { secretRef: { name: pair } } }]"), Pool.Hub, Pool.Secret("pair", $"tls.crt: {Certificates.Quoted(one.Certificate)}, tls.key: {Certificates.Quoted(other.Key)}")), "RelayPool", 1, "spec.listeners[0].tls.secretRef.name", "Secret pair whose tls.crt and tls.key cannot be read as a certificate and its key", "PEM texts that belong together" },
            { Pool.File(Pool.With("listeners: [{ name: a, port: 465, protocol: SMTPS, tls: { secretRef: { name: pair }, additionalSecretRefs: [{ name: more }], clientCASecretRef: { name: pair } } }]"), Pool.Hub, Pool.Secret("pair", $"tls.crt: {Certificates.Quoted(one.Certificate)}, tls.key: {Certificates.Quoted(one.Key)}, ca.crt: {Certificates.Quoted(one.Certificate)}")), "RelayPool", 1, "spec.listeners[0].tls.additionalSecretRefs[0].name", "more", "the name of a Secret in this file (there are pair)" },
            { Pool.And("apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: { password: \"not base64!\" }"), "Secret", 3, "data.password", "a value that is not base64", "stringData" },
            { Pool.And("apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: { password: /w== }"), "Secret", 3, "data.password", "base64 of bytes that are not text", "UTF-8" },
            { Pool.And("apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { password: 12345 }"), "Secret", 3, "stringData.password", "a value, which YAML does not take for text", "between quotes" },

            // YAML
            { "a: [1, 2", "", 1, "", "text that is no YAML", "look at indentation" },
            { Pool.And("a: b: c"), "", 3, "", "text that is no YAML", "look at indentation" },
            { Pool.And("a: *b"), "", 3, "", "the alias *b", "there is no &b" },
            { Pool.With("access: &a [{ name: x, clientCIDRs: *a }]"), "", 1, "", "the alias *a inside of what &a marks", "an alias that does not hold itself" },
            { Pool.With("replicas: !count 2"), "", 1, "", "the tag \"!count\"", "values without a tag" },
            { Pool.With($"template: {{ affinity: {string.Concat(Enumerable.Repeat("{ a: ", 60))}b{new string('}', 61)} }}"[..^2]), "", 1, "", "more than 50 levels of nesting", "at most 50" },
        };
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_is_wrong_with_a_document_is_told(string text, string kind, int document, string path, string found, string allowed)
    {
        var result = PoolFile.Parse(text, "corp.yaml");
        Assert.Null(result.Config);
        var fault = Assert.Single(result.Faults, fault => fault.Path == path && fault.Found.StartsWith(found, StringComparison.Ordinal));
        Assert.Contains(allowed, fault.Allowed, StringComparison.Ordinal);
        Assert.Equal((document, kind), (fault.Document, fault.Kind));
    }

    [Theory]
    [InlineData("\0", "the control character U+0000")]
    [InlineData("\u0001", "the control character U+0001")]
    [InlineData("\u001b[31m", "the control character U+001B")]
    public void Control_characters_are_told_with_their_line(string text, string found)
    {
        var fault = Assert.Single(PoolFile.Parse($"# one\n# two {text}\n{Pool.And()}", "f").Faults);
        Assert.Equal((found, 2), (fault.Found, fault.Line));
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_told_with_their_line()
    {
        var fault = Assert.Single(PoolFile.Parse((byte[])[(byte)'#', (byte)'\n', 0xff, (byte)'\n'], "f").Faults);
        Assert.Equal(("a byte that is not UTF-8", 2), (fault.Found, fault.Line));
        Assert.Equal("UTF-16", Assert.Single(PoolFile.Parse(Encoding.Unicode.GetPreamble(), "f").Faults).Found);
    }

    [Fact]
    public void A_byte_order_mark_and_CRLF_line_ends_make_no_difference()
    {
        var plain = PoolFile.Parse(Pool.And(), "f").Config;
        var windows = PoolFile.Parse(Encoding.UTF8.GetBytes("\uFEFF" + Pool.And().Replace("\n", "\r\n", StringComparison.Ordinal)), "f").Config;
        Assert.NotNull(plain);
        Assert.Equal(plain.Hash, windows?.Hash);
    }

    [Fact]
    public void A_file_beyond_the_bound_is_refused_and_one_below_it_is_read()
    {
        var comment = $"# {new string('x', 1021)}\n";
        Assert.NotNull(PoolFile.Parse(Pool.And() + string.Concat(Enumerable.Repeat(comment, 8000)), "f").Config);
        Assert.Equal("more than 8 MiB", Assert.Single(PoolFile.Parse(Pool.And() + string.Concat(Enumerable.Repeat(comment, 8193)), "f").Faults).Found);
    }

    [Fact]
    public void Aliases_that_would_explode_are_refused_before_they_do()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Contains(PoolFile.Parse(bomb.ToString(), "f").Faults, fault => fault.Found == "aliases that add up to more than 100000 values");
    }

    [Fact]
    public void Aliases_within_the_bound_are_values_like_others()
    {
        var result = PoolFile.Parse(
            Pool.File(Pool.With("access: [{ name: a, clientCIDRs: &lan [10.0.0.0/8], senderDomains: &ours [corp.example], recipientDomains: *ours }]"), Pool.Hub), "f");
        Assert.Equal(["corp.example"], result.Config?.Access[0].RecipientDomains);
    }

    [Fact]
    public void A_file_that_is_not_there_or_no_file_is_a_fault()
    {
        Assert.Equal("no file of that name", Assert.Single(PoolFile.Load(Path.Combine(AppContext.BaseDirectory, "none.yaml")).Faults).Found);
        Assert.Equal("a directory", Assert.Single(PoolFile.Load(AppContext.BaseDirectory).Faults).Found);
        Assert.Single(PoolFile.Load("").Faults);
        Assert.Single(PoolFile.Load("a\0b").Faults);
    }

    [Fact]
    public void What_stands_in_a_Secret_is_in_no_fault_and_in_no_text()
    {
        const string secret = "hunter2hunter2";
        foreach (var line in new[] { "data: { k: \"" + secret + "!\" }", "stringData: " + secret, "data: [" + secret + "]", "stringData: { k: [" + secret + "] }", "type: Opaque\nstringData: { k: " + secret + ", k: " + secret + " }" })
        {
            var result = PoolFile.Parse(Pool.And($"apiVersion: v1\nkind: Secret\nmetadata: {{ name: s }}\n{line}"), "f");
            Assert.NotEmpty(result.Faults);
            Assert.DoesNotContain(secret, string.Concat(result.Faults), StringComparison.Ordinal);
        }

        var config = PoolFile.Parse(Pool.WithHub(
            "{ host: a, tls: { mode: Required }, credentials: { secretRef: { name: login } } }", Pool.Secret("login", $"username: me, password: {secret}")), "f").Config;
        Assert.Equal(secret, config?.Hubs[0].Credentials?.Password);
        Assert.DoesNotContain(secret, config + string.Concat(config!.Hubs), StringComparison.Ordinal);
    }

    [Fact]
    public void More_faults_than_anybody_reads_are_counted_instead()
    {
        var result = PoolFile.Parse(Pool.With("vip: {" + string.Join(", ", Enumerable.Range(0, 1500).Select(i => $"zz{i}: 1")) + "}"), "f");
        Assert.Equal(1000, result.Faults.Length);
        Assert.Equal(["500 further faults are not listed"], result.Notices);
    }
}
