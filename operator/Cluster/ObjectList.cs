using System.Collections.Immutable;
using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>Objects as they were at one moment.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">Where a watch goes on from.</param>
public sealed record ObjectList(ImmutableArray<JsonElement> Items, string ResourceVersion);
