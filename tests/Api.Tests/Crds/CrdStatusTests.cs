using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>Statuses as programs write them: the records as JSON.</summary>
public sealed class CrdStatusTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly Condition Ready = new()
    {
        Type = "Ready",
        Status = ConditionStatus.True,
        ObservedGeneration = 3,
        LastTransitionTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Reason = "PodsReady",
    };

    [Fact]
    public void The_status_of_a_pool_is_valid_as_it_is_written() => Expect(Crd.RelayPool, Pool.With(""), new RelayPoolStatus
    {
        ObservedGeneration = 3,
        Conditions = [Ready, Ready with { Type = "Progressing", Status = ConditionStatus.False, Message = "All pods are up to date." }],
        Replicas = 2,
        Selector = "app.kubernetes.io/name=relay,relayoperator.io/pool=corp",
        ReadyReplicas = 2,
        Vip = new() { Addresses = ["10.0.0.25", "lb.example"] },
        Hubs = new() { Registered = 3, Healthy = 2, Draining = 1, Summary = "2/3" },
        Spool = new() { Messages = 1, Bytes = 5_000_000_000, OldestTime = Ready.LastTransitionTime },
        ConfigHash = "5f1c",
    });

    [Fact]
    public void The_status_of_a_hub_is_valid_as_it_is_written() => Expect(Crd.HubTransport, Pool.Hub, new HubTransportStatus
    {
        ObservedGeneration = 3,
        Conditions = [Ready with { Type = "Healthy" }],
        Pools = [new() { Pool = "corp", Pods = 2, RegisteredPods = 2, HealthyPods = 1, LastError = "421 4.3.2", Conditions = [Ready with { Type = "Registered" }] }],
    });

    [Fact]
    public void A_status_that_says_nothing_yet_is_valid()
    {
        Expect(Crd.RelayPool, Pool.With(""), new RelayPoolStatus());
        Expect(Crd.HubTransport, Pool.Hub, new HubTransportStatus());
    }

    [Fact]
    public void A_condition_is_told_once_and_says_why() =>
        Assert.Equal(
            ["status.conditions[0].reason", "status.conditions[1]", "status.conditions[1].reason"],
            Crd.RelayPool.Admit(With(Pool.With(""), new RelayPoolStatus { Conditions = [Ready with { Reason = "" }, Ready with { Reason = "pods are ready" }] }))
                .Faults.Select(fault => fault.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static void Expect<T>(CustomResource crd, string text, T status)
    {
        var (stored, unknown, faults) = crd.Admit(With(text, status));
        Assert.Empty(unknown);
        Assert.Empty(faults);
        Assert.True(JsonNode.DeepEquals(JsonSerializer.SerializeToNode(status, Json), stored["status"]));
    }

    private static JsonObject With<T>(string text, T status)
    {
        var written = Crd.Objects(text).Single();
        written["status"] = JsonSerializer.SerializeToNode(status, Json);
        return written;
    }
}
