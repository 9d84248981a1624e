using System.Collections.Immutable;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>What the relay reads of an object's metadata.</summary>
[PassedOver(
    "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName", "generation",
    "managedFields", "ownerReferences", "resourceVersion", "selfLink")]
public sealed record ObjectMeta
{
    /// <summary>The object's name, unique among its kind. A RelayPool's is a DNS-1035 label of at most 45 characters, because Services and pods are named after it.</summary>
    [RequiredField, Text(TextFormat.ObjectName, 253)]
    public string Name { get; init; } = "";

    /// <summary>The object's namespace. All objects of a pool share one.</summary>
    [Text(TextFormat.ObjectName, 63)]
    public string Namespace { get; init; } = "default";

    /// <summary>Labels; those of a HubTransport are what the selectors of pools look at.</summary>
    [Items(0, 64), Text(TextFormat.Any, 63)]
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Maps.Empty;

    /// <summary>Annotations; the relay reads none.</summary>
    [Items(0, 64), Text(TextFormat.Any, 262144)]
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = Maps.Empty;

    /// <summary>Identity that a cluster gives to the object; a RelayPool's marks the Received lines that the pool adds.</summary>
    [DerivedDefault("derived from namespace and name"), Text(TextFormat.ObjectName, 63)]
    public string Uid { get; init; } = "";
}
