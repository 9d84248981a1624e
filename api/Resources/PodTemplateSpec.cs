using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>
/// What the pods look like beyond what the operator decides. Kubernetes' own structures are carried as they stand and
/// judged by the API server.
/// </summary>
public sealed record PodTemplateSpec
{
    /// <summary>Image of the relay. Empty: the operator's own version.</summary>
    [Text(TextFormat.Any, 512)]
    public string Image { get; init; } = "";

    /// <summary>Secrets to pull the image with.</summary>
    [Items(0, 16), ListMap("name")]
    public ImmutableArray<SecretReference> ImagePullSecrets { get; init; } = [];

    /// <summary>Further environment variables, as Kubernetes has them (EnvVar).</summary>
    [Items(0, 128), ListMap("name")]
    public ImmutableArray<JsonElement> Env { get; init; } = [];

    /// <summary>Requests and limits, as Kubernetes has them (ResourceRequirements).</summary>
    public JsonElement Resources { get; init; } = EmptyObject;

    /// <summary>Labels that a node must carry.</summary>
    [Items(0, 64), Text(TextFormat.Any, 63)]
    public ImmutableSortedDictionary<string, string> NodeSelector { get; init; } = Maps.Empty;

    /// <summary>Taints that the pods bear, as Kubernetes has them (Toleration).</summary>
    [Items(0, 32)]
    public ImmutableArray<JsonElement> Tolerations { get; init; } = [];

    /// <summary>Where pods would rather run, as Kubernetes has it (Affinity).</summary>
    public JsonElement Affinity { get; init; } = EmptyObject;

    /// <summary>How pods are spread, as Kubernetes has it (TopologySpreadConstraint).</summary>
    [Items(0, 16)]
    public ImmutableArray<JsonElement> TopologySpreadConstraints { get; init; } = [];

    /// <summary>Priority class of the pods. Empty: the cluster's default.</summary>
    [Text(TextFormat.ObjectName, 253)]
    public string PriorityClassName { get; init; } = "";

    /// <summary>Seconds from SIGTERM to the end at the latest; above vip.drainSeconds.</summary>
    [Bounds(1, 86400)]
    public int TerminationGracePeriodSeconds { get; init; } = 330;

    /// <summary>Annotations of the pods.</summary>
    [Items(0, 64), Text(TextFormat.Any, 4096)]
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = Maps.Empty;

    /// <summary>Labels of the pods.</summary>
    [Items(0, 64), Text(TextFormat.Any, 63)]
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Maps.Empty;

    private static JsonElement EmptyObject { get; } = JsonSerializer.SerializeToElement(Maps.Empty);
}
