using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

/// <summary>Pools as the operator may have read them, small enough to be seen through.</summary>
internal static class Reading
{
    public static OperatorSettings Settings { get; } = new()
    {
        RelayImage = "example/relay:1.0.0",
        Version = "1.0.0",
        Namespace = "relay-system",
        PodLabels = Map(("app.kubernetes.io/name", "relay-operator")),
        WriteConfig = rendering => Encoding.UTF8.GetBytes(
            $"{rendering.Config.Hash} {rendering.Sequence} {string.Join(',', rendering.Draining)} {string.Join(',', rendering.Zones)}"),
    };

    /// <summary>A pool with one listener, one rule and one hub, changed as asked.</summary>
    public static GatheredPool Pool(Func<RelayPoolSpec, RelayPoolSpec>? change = null) => new()
    {
        Pool = new RelayPool
        {
            Metadata = new ObjectMeta { Name = "corp", Namespace = "mail", Uid = "11111111-1111-1111-1111-111111111111" },
            Spec = (change ?? (spec => spec))(new RelayPoolSpec
            {
                Listeners = [new ListenerSpec { Name = "smtp", Port = 25 }],
                Access = [new AccessRuleSpec { Name = "lob", ClientCIDRs = ["10.20.0.0/16"] }],
                Hubs = Selection("corp"),
            }),
        },
        Generation = 3,
        Hubs = [Hub("ht01")],
    };

    public static GatheredPool PoolWithClaims(Func<RelayPoolSpec, RelayPoolSpec>? change = null) =>
        Pool(spec => (change ?? (same => same))(spec with { Spool = new SpoolSpec { Storage = new SpoolStorageSpec { Size = "10Gi" } } }));

    public static HubTransport Hub(string name, Func<HubTransportSpec, HubTransportSpec>? change = null, string pool = "corp") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "mail", Labels = Map(("pool", pool)) },
        Spec = (change ?? (spec => spec))(new HubTransportSpec { Host = $"{name}.example" }),
    };

    public static HubSelection Selection(string pool) => new() { Selector = new HubSelector { MatchLabels = Map(("pool", pool)) } };

    public static GatheredSecret Secret(string name, string version, params (string Key, string Text)[] entries) =>
        new(new Secret { Metadata = new ObjectMeta { Name = name, Namespace = "mail" }, StringData = Map(entries) }, version);

    public static GatheredPod Pod(string name, PodAnswer? answer = null) =>
        new() { Name = name, Uid = $"uid-of-{name}", Ip = "10.1.0.1", Node = $"node-of-{name}", Ready = true, Answer = answer };

    /// <summary>An answer that counts.</summary>
    public static PodAnswer Answer(GatheredPool pool, string pod, string hash = "", long sequence = 1) =>
        new() { PoolUid = pool.Pool.Metadata.Uid, PodUid = $"uid-of-{pod}", ConfigHash = hash, Sequence = sequence };

    public static GatheredClaim Claim(int ordinal, string token = "") => new($"spool-corp-{ordinal}", $"uid-{ordinal}", "1", ordinal, token);

    public static WrittenConfig Written(PoolResources resources) =>
        ConfigSecret.Read(Single<V1Secret>(resources))!;

    public static T Single<T>(PoolResources resources) => Assert.Single(resources.Objects.OfType<T>());

    public static T Single<T>(GatheredPool pool) => Single<T>(PoolResources.For(pool, Settings));

    public static V1Service Vip(GatheredPool pool) =>
        Assert.Single(PoolResources.For(pool, Settings).Objects.OfType<V1Service>(), service => service.Metadata.Name == "corp");

    public static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] entries) =>
        entries.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    /// <summary>As the API server gets it: what two objects are compared by.</summary>
    public static string Text(object value) => KubernetesJson.Serialize(value);
}
