using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>Whether a condition holds.</summary>
public enum ConditionStatus { True, False, Unknown }

/// <summary>One condition of an object, with the fields and bounds of Kubernetes' own (metav1.Condition).</summary>
public sealed record Condition
{
    /// <summary>Kind of the condition, in CamelCase.</summary>
    [RequiredField, Text(TextFormat.Any, 316)]
    public string Type { get; init; } = "";

    /// <summary>True, False, or Unknown where it cannot be told.</summary>
    [RequiredField]
    public ConditionStatus Status { get; init; } = ConditionStatus.Unknown;

    /// <summary>Generation of the object that the condition was judged by.</summary>
    [Bounds(0, StatusBounds.Largest)]
    public long ObservedGeneration { get; init; }

    /// <summary>When the status last changed.</summary>
    [RequiredField, Text(TextFormat.Any, 64)]
    public DateTimeOffset LastTransitionTime { get; init; }

    /// <summary>Why, as one word in CamelCase that programs can compare.</summary>
    [RequiredField, Text(TextFormat.Any, 1024)]
    public string Reason { get; init; } = "";

    /// <summary>Why, for people; may be empty.</summary>
    [RequiredField, Text(TextFormat.Any, 32768)]
    public string Message { get; init; } = "";
}
