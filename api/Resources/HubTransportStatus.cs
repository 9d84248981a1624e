using System.Collections.Immutable;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>What the operator found out about a hub.</summary>
public sealed record HubTransportStatus
{
    /// <summary>Generation of the hub that the status tells of.</summary>
    [Bounds(0, StatusBounds.Largest)]
    public long ObservedGeneration { get; init; }

    /// <summary>Registered and Healthy, summed up over the pools; Drained once a Draining hub has nothing in flight in any of them.</summary>
    [Items(0, 32), ListMap("type")]
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>What each pool that selects the hub has to say about it.</summary>
    [Items(0, 256), ListMap("pool")]
    public ImmutableArray<HubPoolStatus> Pools { get; init; } = [];
}

/// <summary>What the pods of one pool see of a hub.</summary>
public sealed record HubPoolStatus
{
    /// <summary>The pool's name.</summary>
    [RequiredField, Text(TextFormat.DnsLabel, 45)]
    public string Pool { get; init; } = "";

    /// <summary>Pods of the pool that were asked.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int Pods { get; init; }

    /// <summary>Pods that have the hub in their configuration.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int RegisteredPods { get; init; }

    /// <summary>Pods that find the hub healthy.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int HealthyPods { get; init; }

    /// <summary>The last error that a pod met at the hub. Empty: none.</summary>
    [Text(TextFormat.Any, 1024)]
    public string LastError { get; init; } = "";

    /// <summary>Registered and Healthy, as seen by how many of how many pods; Drained once a Draining hub has nothing in flight.</summary>
    [Items(0, 32), ListMap("type")]
    public ImmutableArray<Condition> Conditions { get; init; } = [];
}
