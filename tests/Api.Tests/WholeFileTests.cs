using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class WholeFileTests
{
    [Fact]
    public void A_file_with_23_faults_tells_all_23_in_file_order()
    {
        const string text =
            """
            apiVersion: relayoperator.io/v1
            kind: RelayPool
            metadata: { name: Corp, namespce: mail }
            spec:
              heloName: relay_
              replicas: "3"
              listeners:
              - { name: smtp, port: 0 }
              - { name: smtp, port: 25, protocol: smtp }
              access:
              - name: lob
                clientCIDRs: [10.20.1.0/16, 10.0.0.1]
                requireAuth: true
                route: nowhere
                maxRecipients: -1
              routes:
              - name: default
                recipientDomains: [bücher.example]
              health: { ejection: { baseSeconds: 60, maxSeconds: 5 }, probes: {} }
              spool: {}
            ---
            apiVersion: relayoperator.io/v1beta1
            kind: HubTransport
            metadata: { name: ht01 }
            spec: { port: 70000, credentials: { secretRef: { name: login } } }
            """;
        var faults = PoolFile.Parse(text, "corp.yaml").Faults;
        Assert.Equal(
            [
                "1 apiVersion", "3 metadata.namespce", "3 metadata.name", "5 spec.heloName", "6 spec.replicas", "8 spec.listeners[0].port",
                "9 spec.listeners[1].protocol", "9 spec.listeners[1].name", "12 spec.access[0].clientCIDRs[0]", "12 spec.access[0].clientCIDRs[1]",
                "13 spec.access[0].requireAuth", "14 spec.access[0].route", "15 spec.access[0].maxRecipients", "17 spec.routes[0].name",
                "18 spec.routes[0].recipientDomains[0]", "19 spec.health.probes", "19 spec.health.ejection.maxSeconds", "20 spec.spool",
                "24 metadata.namespace", "25 spec.host", "25 spec.port", "25 spec.tls.mode", "25 spec.credentials.secretRef.name",
            ],
            faults.Select(fault => $"{fault.Line} {fault.Path}"));
    }

    [Fact]
    public void A_misspelt_field_is_read_all_the_same_so_that_its_faults_are_told_too() =>
        Assert.Equal(
            ["spec.acess", "spec.access[0].clientCIDRs[0]"],
            PoolFile.Parse(Pool.File(Pool.With("acess: [{ name: a, clientCIDRs: [x] }]"), Pool.Hub), "f").Faults.Select(fault => fault.Path));

    [Fact]
    public void Documents_before_a_syntax_error_are_judged_and_nothing_is_said_to_be_missing() =>
        Assert.Equal(
            ["spec.weight", ""],
            PoolFile.Parse(Pool.File(Pool.Hub.Replace("10.0.0.1", "a, weight: x", StringComparison.Ordinal), "a: [1"), "f").Faults.Select(fault => fault.Path));

    [Fact]
    public void Every_field_of_the_resources_can_be_written()
    {
        var result = PoolFile.Load(Repository.Path("tests", "Api.Tests", "every-field.yaml"));
        Assert.Empty(result.Faults);
    }

    [Fact]
    public void What_a_cluster_adds_to_an_object_may_stay_in_the_file() =>
        Assert.NotNull(PoolFile.Parse(
            Pool.File(
                Pool.With(
                    "delivery: {}\nstatus: { conditions: [{ type: Ready }] }",
                    "{ name: corp, uid: 5f1c, generation: 3, resourceVersion: \"12\", creationTimestamp: 2026-01-01T00:00:00Z, managedFields: [] }"),
                Pool.Hub), "f").Config);
}
