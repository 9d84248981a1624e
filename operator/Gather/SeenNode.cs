using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Gather;

/// <summary>A node as the watch shows it.</summary>
/// <param name="IsLost">Whether it no longer reports to the cluster.</param>
/// <param name="Addresses">Its own addresses.</param>
/// <param name="PodNetworks">Networks of the pods that run there, where its network plugin has them from the cluster.</param>
public sealed record SeenNode(bool IsLost, ImmutableArray<IPAddress> Addresses, ImmutableArray<IPNetwork> PodNetworks)
{
    public static SeenNode Of(JsonElement whole) => new(
        JsonFields.Condition(whole, "Ready") == "Unknown",
        [
            .. JsonFields.Items(JsonFields.Part(whole, "status"), "addresses")
                .Select(address => IPAddress.TryParse(JsonFields.Text(address, "address"), out var ip) ? ip : null).OfType<IPAddress>(),
        ],
        [
            .. JsonFields.Items(JsonFields.Part(whole, "spec"), "podCIDRs")
                .Where(cidr => cidr.ValueKind == JsonValueKind.String && IPNetwork.TryParse(cidr.GetString(), out _))
                .Select(cidr => IPNetwork.Parse(cidr.GetString()!)),
        ]);
}
