using System.Collections.Immutable;
using System.Net;

namespace RelayOperator.Api.Config;

/// <summary>
/// Addresses that are the cluster's own. Source: the operator alone, from the nodes and from its option --pod-networks.
/// A client that seems to come from one of them may be anybody whose address was replaced on the way.
/// </summary>
/// <param name="Nodes">The nodes' own addresses.</param>
/// <param name="PodNetworks">Networks of pods, those of single nodes among them, whose first two addresses are the node's there.</param>
public sealed record ClusterAddressesConfig(ImmutableArray<IPAddress> Nodes, ImmutableArray<IPNetwork> PodNetworks);
