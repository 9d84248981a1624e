using System.Collections.Immutable;
using System.Text.Json.Serialization;
using RelayOperator.Api.Config;

namespace RelayOperator.Operator;

/// <summary>What the operator was started with, as far as the objects of pools depend on it.</summary>
public sealed record OperatorSettings
{
    /// <summary>Image of relay pods whose pool names none.</summary>
    public required string RelayImage { get; init; }

    /// <summary>The operator's version, for labels.</summary>
    public required string Version { get; init; }

    /// <summary>Namespace that the operator runs in.</summary>
    public required string Namespace { get; init; }

    /// <summary>Labels of the operator's own pods, which ask relay pods for their status.</summary>
    public required ImmutableSortedDictionary<string, string> PodLabels { get; init; }

    /// <summary>Labels of Prometheus' namespace. Empty: any namespace, or none where both selectors are empty.</summary>
    public ImmutableSortedDictionary<string, string> PrometheusNamespaceSelector { get; init; } = Empty;

    /// <summary>Labels of Prometheus' pods. Empty: any pod, or none where both selectors are empty.</summary>
    public ImmutableSortedDictionary<string, string> PrometheusPodSelector { get; init; } = Empty;

    /// <summary>Networks of the cluster's pods. Empty: as the nodes tell.</summary>
    public ImmutableArray<string> PodNetworks { get; init; } = [];

    /// <summary>Further labels of every object, such as the chart's; never of a selector, a pod or a claim.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Empty;

    /// <summary>Writes pool.json.</summary>
    [JsonIgnore]
    public Func<RenderedPool, byte[]> WriteConfig { get; init; } = PoolConfigJson.Print;

    private static ImmutableSortedDictionary<string, string> Empty { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
