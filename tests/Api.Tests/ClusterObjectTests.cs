using System.Text.Json;
using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>An object of a cluster is read as the same object in a file is.</summary>
public sealed class ClusterObjectTests
{
    [Fact]
    public void Every_field_means_in_JSON_what_it_means_in_YAML()
    {
        var pool = Read("""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool",
             "metadata":{"name":"corp","namespace":"mail","uid":"u-1","labels":{"a":"1"},"resourceVersion":"7",
                         "annotations":{"relayoperator.io/paused":"true","other.example/note":"x"},"managedFields":[{"manager":"kubectl"}]},
             "spec":{"replicas":4,"heloName":"relay.corp.example","listeners":[{"name":"smtp","port":25}],
                     "access":[{"name":"lob","clientCIDRs":["10.20.0.0/16","2001:db8::/32"],"requireAuth":false,"maxConnections":7}],
                     "hubs":{"selector":{"matchLabels":{"pool":"true"}}},
                     "template":{"tolerations":[{"key":"a","operator":"Exists","tolerationSeconds":30}],"nodeSelector":{"disk":"no"}}},
             "status":{"replicas":3}}
            """);

        Assert.Empty(pool.Faults);
        var spec = pool.Value!.Spec;
        Assert.Equal((4, "relay.corp.example", 25), (spec.Replicas, spec.HeloName, spec.Listeners[0].Port));
        Assert.Equal(["10.20.0.0/16", "2001:db8::/32"], spec.Access[0].ClientCIDRs.Select(cidr => cidr.ToString()));
        Assert.Equal(7, spec.Access[0].MaxConnections);
        Assert.Equal("true", spec.Hubs.Selector.MatchLabels["pool"]);
        Assert.Equal("no", spec.Template.NodeSelector["disk"]);
        Assert.Equal("""{"key":"a","operator":"Exists","tolerationSeconds":30}""", spec.Template.Tolerations[0].GetRawText());
        Assert.Equal(("u-1", "1"), (pool.Value.Metadata.Uid, pool.Value.Metadata.Labels["a"]));
        Assert.Equal("relayoperator.io/paused", Assert.Single(pool.Value.Metadata.Annotations).Key);
    }

    [Theory]
    [InlineData("""{"spec":{"replicas":"4"}}""", "spec.replicas")]
    [InlineData("""{"spec":{"replicas":4.5}}""", "spec.replicas")]
    [InlineData("""{"spec":{"replicas":true}}""", "spec.replicas")]
    [InlineData("""{"spec":{"heloName":7}}""", "spec.heloName")]
    [InlineData("""{"spec":{"listeners":{}}}""", "spec.listeners")]
    [InlineData("""{"spec":{"nonsense":null}}""", "spec.nonsense")]
    [InlineData("""{"spec":[]}""", "spec")]
    public void A_value_of_another_type_is_a_fault_at_its_path(string json, string path)
    {
        var pool = Read("""{"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"corp"},""" + json[1..]);

        Assert.Null(pool.Value);
        Assert.Contains(pool.Faults, fault => fault.StartsWith($"{path}: ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_nested_without_end_is_no_way_to_bring_the_operator_down()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "1" + new string('}', 60);

        var pool = Read(
            """{"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"corp"},"spec":{"listeners":[{"name":"smtp","port":25}],"template":{"affinity":"""
            + deep + "}}}");

        Assert.Empty(pool.Faults);
    }

    private static ClusterObject<RelayPool> Read(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
        return ClusterObjects.Pool(document.RootElement);
    }
}
