using System.Collections.Immutable;
using System.Text.Json;
using k8s;
using k8s.Models;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Apply;

/// <summary>An object of a pool as the watch shows it: what an edit would change, and what pools need to know of it.</summary>
/// <param name="Fingerprint">See <see cref="ObjectPrint"/>.</param>
public sealed record SeenObject(UInt128 Fingerprint)
{
    /// <summary>Of a StatefulSet or Deployment.</summary>
    public GatheredWorkload? Workload { get; private init; }

    /// <summary>Of a Service: where it is reached.</summary>
    public ImmutableArray<string> Addresses { get; private init; } = [];

    /// <summary>Of a Secret: the configuration in it; null for none.</summary>
    public WrittenConfig? Written { get; private init; }

    /// <summary>Reads an object of some kind.</summary>
    public static Func<JsonElement, SeenObject> Reader(ResourceKind kind) => kind switch
    {
        _ when kind == ResourceKind.StatefulSet || kind == ResourceKind.Deployment => static whole => Print(whole) with { Workload = WorkloadReading.Of(whole) },
        _ when kind == ResourceKind.Service => static whole => Print(whole) with { Addresses = VipReading.Addresses(whole) },
        _ when kind == ResourceKind.Secret => static whole => Print(whole) with { Written = ConfigSecret.Read(KubernetesJson.Deserialize<V1Secret>(whole)) },
        _ => Print,
    };

    /// <summary>What an edit would change.</summary>
    public static SeenObject Print(JsonElement whole) => new(ObjectPrint.Of(whole));
}
