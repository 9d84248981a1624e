using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Gather;

/// <summary>An EndpointSlice as the watch shows it.</summary>
/// <param name="Zones">Pods and the zone of each; empty where that is not known.</param>
public sealed record SeenSlice(ImmutableArray<(string Pod, string Zone)> Zones)
{
    public static SeenSlice Of(JsonElement whole) => new(
        [.. JsonFields.Items(whole, "endpoints").Select(endpoint => (JsonFields.Text(JsonFields.Part(endpoint, "targetRef"), "name"), JsonFields.Text(endpoint, "zone")))]);
}
