using System.Text.Json;
using RelayOperator.Api;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Gather;

/// <summary>A HubTransport as the watch shows it.</summary>
/// <param name="Read">The hub, or its faults.</param>
/// <param name="Status">Its status; null for none yet.</param>
public sealed record SeenHub(ClusterObject<HubTransport> Read, HubTransportStatus? Status)
{
    public static SeenHub Of(JsonElement whole) => new(ClusterObjects.Hub(whole), StatusJson.Read<HubTransportStatus>(whole));
}
