using System.Text.Json;
using RelayOperator.Api;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Gather;

/// <summary>A HubTransport as the watch shows it.</summary>
/// <param name="Read">The hub, or its faults.</param>
/// <param name="Status">Its status; null for none yet.</param>
public sealed record SeenHub(ClusterObject<HubTransport> Read, HubTransportStatus? Status)
{
    /// <summary>Hash of what it was read from.</summary>
    private UInt128 Source { get; init; }

    /// <param name="whole">The object.</param>
    /// <param name="before">What it was before: most news are of its status alone.</param>
    public static SeenHub Of(JsonElement whole, SeenHub? before)
    {
        var source = ClusterObjectSource.HashOf(whole);
        var read = before?.Source == source ? before.Read : ClusterObjects.Hub(whole);
        return new SeenHub(read, StatusJson.Read<HubTransportStatus>(whole)) { Source = source };
    }
}
