using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Watching;

/// <summary>An object as it was last heard of.</summary>
/// <typeparam name="T">What the operator reads of it.</typeparam>
public sealed record Watched<T>(ObjectMeta Meta, T Value);
