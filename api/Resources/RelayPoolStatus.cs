using System.Collections.Immutable;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>What the operator found out about a pool.</summary>
public sealed record RelayPoolStatus
{
    /// <summary>Generation of the pool that the status tells of.</summary>
    [Bounds(0, StatusBounds.Largest)]
    public long ObservedGeneration { get; init; }

    /// <summary>
    /// Ready, Progressing, HubsAvailable, ConfigApplied; Drained while pods leave; and, only when true, ClientAddressHidden,
    /// HubsOvercommitted, NoRedundancy, NameConflict, SpoolUnreachable, PodMonitorMissing, Paused.
    /// </summary>
    [Items(0, 32), ListMap("type")]
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>Relay pods that exist, those that are draining too.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int Replicas { get; init; }

    /// <summary>Label selector of the relay pods, draining ones too, as text; the scale subresource and autoscalers read it.</summary>
    [Text(TextFormat.Any, 2048)]
    public string Selector { get; init; } = "";

    /// <summary>Relay pods that are ready.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int ReadyReplicas { get; init; }

    /// <summary>The pool's one address.</summary>
    public VipStatus Vip { get; init; } = new();

    /// <summary>The hubs that the pool selects.</summary>
    public HubsStatus Hubs { get; init; } = new();

    /// <summary>What the spools of all pods hold. Null: no spool.</summary>
    public SpoolStatus? Spool { get; init; }

    /// <summary>Hash of the configuration that was written for the pods: without the contents of Secrets, with their resourceVersions.</summary>
    [Text(TextFormat.Any, 128)]
    public string ConfigHash { get; init; } = "";
}

/// <summary>The address of a pool.</summary>
public sealed record VipStatus
{
    /// <summary>Addresses or names under which the pool is reached.</summary>
    [Items(0, 16), Text(TextFormat.Any, 253)]
    public ImmutableArray<string> Addresses { get; init; } = [];
}

/// <summary>The hubs of a pool, counted.</summary>
public sealed record HubsStatus
{
    /// <summary>Hubs that the pool selects.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int Registered { get; init; }

    /// <summary>Hubs that take mail.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int Healthy { get; init; }

    /// <summary>Hubs that finish what they have and take no more.</summary>
    [Bounds(0, StatusBounds.Count)]
    public int Draining { get; init; }

    /// <summary>Healthy and registered hubs in short, as 2/3.</summary>
    [Text(TextFormat.Any, 63)]
    public string Summary { get; init; } = "";
}

/// <summary>What the spools of a pool hold.</summary>
public sealed record SpoolStatus
{
    /// <summary>Messages that wait.</summary>
    [Bounds(0, StatusBounds.Largest)]
    public long Messages { get; init; }

    /// <summary>Bytes of those messages.</summary>
    [Bounds(0, StatusBounds.Largest)]
    public long Bytes { get; init; }

    /// <summary>When the oldest of them came. Null: none waits.</summary>
    [Text(TextFormat.Any, 64)]
    public DateTimeOffset? OldestTime { get; init; }
}
