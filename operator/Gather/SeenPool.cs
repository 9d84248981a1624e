using System.Text.Json;
using RelayOperator.Api;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Gather;

/// <summary>A RelayPool as the watch shows it.</summary>
/// <param name="Read">The pool, or its faults.</param>
/// <param name="Status">Its status; null for none yet.</param>
public sealed record SeenPool(ClusterObject<RelayPool> Read, RelayPoolStatus? Status)
{
    /// <summary>Hash of what it was read from.</summary>
    private UInt128 Source { get; init; }

    /// <param name="whole">The object.</param>
    /// <param name="before">What it was before: most news are of its status alone.</param>
    public static SeenPool Of(JsonElement whole, SeenPool? before)
    {
        var source = ClusterObjectSource.HashOf(whole);
        var read = before?.Source == source ? before.Read : ClusterObjects.Pool(whole);
        return new SeenPool(read, StatusJson.Read<RelayPoolStatus>(whole)) { Source = source };
    }
}
