using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Admission;

namespace RelayOperator.TestKit.Cluster.Kinds;

/// <summary>A kind of object that the API server keeps, and how its requests are treated.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Version">The version that is served.</param>
/// <param name="Kind">As objects name it.</param>
/// <param name="Plural">As paths and rules name it.</param>
/// <param name="Namespaced">False for objects of the cluster.</param>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool Namespaced)
{
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether status is written by the subresource of that name only.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Where the scale subresource reads and writes; null without one.</summary>
    public ScalePaths? Scale { get; init; }

    /// <summary>Whether metadata.generation counts changes of what is wanted.</summary>
    public bool CountsGenerations { get; init; }

    /// <summary>Whether a delete that is done at once answers with the object instead of a Status.</summary>
    public bool ReturnsDeleted { get; init; }

    /// <summary>The openAPIV3Schema of a custom resource; null for a built-in kind.</summary>
    public JsonObject? Schema { get; init; }

    /// <summary>Defaults and validation by that schema.</summary>
    public CustomRules? Rules { get; init; }

    /// <summary>How messages name it: <c>deployments.apps</c>.</summary>
    public string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string Singular => Kind.ToLowerInvariant();

    public bool IsCustom => Schema is not null;

    public bool Is(string group, string plural) => Group == group && Plural == plural;
}

/// <summary>The JSON paths of a scale subresource, by their steps.</summary>
public sealed record ScalePaths(string[] Replicas, string[] StatusReplicas, string[]? Selector);
