using System.Text.Json;
using RelayOperator.Api;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Gather;

/// <summary>A RelayPool as the watch shows it.</summary>
/// <param name="Read">The pool, or its faults.</param>
/// <param name="Status">Its status; null for none yet.</param>
public sealed record SeenPool(ClusterObject<RelayPool> Read, RelayPoolStatus? Status)
{
    public static SeenPool Of(JsonElement whole) => new(ClusterObjects.Pool(whole), StatusJson.Read<RelayPoolStatus>(whole));
}
