using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Watching;

/// <summary>What happened to an object.</summary>
/// <typeparam name="T">What is read of it.</typeparam>
/// <param name="Key">Which one.</param>
/// <param name="Before">As it was known before; null where it was not.</param>
/// <param name="Now">As it is; null where it is gone.</param>
public sealed record Change<T>(ObjectKey Key, Watched<T>? Before, Watched<T>? Now);
