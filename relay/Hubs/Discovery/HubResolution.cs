using System.Collections.Immutable;

namespace RelayOperator.Relay.Hubs.Discovery;

/// <summary>What discovery found, and for how long it holds.</summary>
public sealed record HubResolution(ImmutableArray<HubEndpoint> EndPoints, TimeSpan Ttl);
